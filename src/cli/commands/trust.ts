import type { Command } from 'commander';
import { EzjError } from '../../protocol/errors.ts';
import { type Context, contextOf, currentFolder } from '../context.ts';
import { parseKind } from '../options/kind.ts';
import { plainRequest } from '../start/start-request.ts';
import { describePermissions } from '../start/trust-project.ts';
import { resolveTarget } from '../target.ts';

interface TrustOptions {
  list?: boolean;
  revoke?: boolean;
  kind?: string;
  rstudio?: boolean;
}

/** `ezj trust`: typing it is agreeing. */
export function defineTrust(command: Command): void {
  command
    .argument('[DIR]', 'a project folder', '.')
    .option('-l, --list', 'the folders whose files you have agreed to')
    .option('--revoke', 'take it back')
    .option('--kind <NAME>', 'as it would be for this kind', parseKind)
    .option('--rstudio', 'as it would be for RStudio')
    .option('--json', 'as JSON')
    .action((folder: string, options: TrustOptions, self: Command) => trust(folder, options, contextOf(self)));
}

async function trust(
  folder: string,
  { list, revoke, kind, rstudio }: TrustOptions,
  { api, output, env }: Context,
): Promise<void> {
  if (list) return showList(await api.trusted(), output);
  const { project } = resolveTarget(folder, currentFolder());
  if (revoke) {
    const answer = await api.revokeTrust(project);
    const text = answer.revoked ? `${project} will be asked for again` : `${project} was not agreed to`;
    return output.json ? output.result(answer, '') : output.note(text);
  }
  const request = { ...plainRequest(project, env), ...(rstudio && { kind: 'rstudio' }), ...(kind && { kind }) };
  const report = await api.project(request);
  if (report === null) {
    throw new EzjError({
      code: 'usage',
      message: `Nothing in ${project} has to be agreed to: there is no ezj.yaml, and none of its code runs by itself`,
      hint: 'ezj config schema shows what ezj.yaml may hold',
    });
  }
  const agreed = report.permissions.length === 0 ? report : await api.trust(request, report.fingerprint);
  if (output.json) return output.result(agreed, '');
  for (const line of describePermissions(agreed)) output.note(line);
  if (report.permissions.length > 0)
    output.note('Agreed. What changes is asked for again; ezj trust --revoke takes it back.');
}

function showList(folders: string[], output: Context['output']): void {
  if (folders.length === 0 && !output.json) output.note('You have agreed to none yet.');
  else output.result(folders, folders.join('\n'));
}
