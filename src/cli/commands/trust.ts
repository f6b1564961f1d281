import { EzjError } from '../../protocol/errors.ts';
import { shellQuote } from '../../protocol/shell-word.ts';
import { type Context, currentFolder } from '../context.ts';
import { declareCommand, type OptionValues } from '../declaration.ts';
import { flag, option } from '../declare-option.ts';
import { readHostNetwork } from '../host-network.ts';
import { parseKind } from '../options/parsers.ts';
import { FOLDER } from '../options/shared.ts';
import { plainRequest } from '../start/start-request.ts';
import { describePermissions } from '../start/trust-project.ts';
import { resolveTarget } from '../target.ts';

const OPTIONS = {
  list: flag('-l, --list', 'List the folders that you trust.'),
  show: flag('--show', 'Show the permissions in full, and grant nothing.'),
  revoke: flag('--revoke', 'Withdraw your trust.'),
  kind: option('--kind <NAME>', 'Grant the permissions for this kind.', { parse: parseKind, completes: 'kinds' }),
  rstudio: flag('--rstudio', 'Grant the permissions for RStudio.'),
};

/** `ezj trust`: to type it is to grant the permissions. */
export const trustCommand = declareCommand({
  name: 'trust',
  summary: 'grant what a folder’s files ask for',
  arguments: [FOLDER],
  options: OPTIONS,
  run: ({ args: [folder], options, context }) => trust(folder, options, context),
});

async function trust(
  folder: string,
  { list, show, revoke, kind, rstudio }: OptionValues<typeof OPTIONS>,
  { client, output, env }: Context,
): Promise<void> {
  if (list) return showList(await client.call('GET /v1/trust', {}), output);
  const { project } = resolveTarget(folder, currentFolder());
  if (revoke) {
    const answer = await client.call('DELETE /v1/trust', { query: { project } });
    const text = answer.revoked
      ? `Permissions of ${project} are withdrawn. The next start asks again.`
      : `You have granted no permissions to ${project}.`;
    return output.json ? output.result(answer, '') : output.note(text);
  }
  // The password of a proxy is a permission too.
  const host = readHostNetwork(env);
  const request = { ...plainRequest(project, env), host, ...(rstudio && { kind: 'rstudio' }), ...(kind && { kind }) };
  const report = await client.call('POST /v1/project', { body: request });
  if (report === null) {
    throw new EzjError({
      code: 'usage',
      message: `Nothing in ${project} needs a permission: there is no ezj.yaml, and no code of the project runs by itself`,
      hint: 'ezj config schema shows what ezj.yaml may hold',
    });
  }
  const asIs = show || report.permissions.length === 0;
  const body = { request, fingerprint: report.fingerprint };
  const agreed = asIs ? report : await client.call('PUT /v1/trust', { body });
  if (output.json) return output.result(agreed, '');
  for (const line of describePermissions(agreed)) output.note(line);
  if (agreed.permissions.length === 0) return;
  if (show)
    return output.note(report.trusted ? 'You have granted this.' : `To grant this: ezj trust ${shellQuote(project)}`);
  output.note('Granted. ezj asks again when this changes. To take it back: ezj trust --revoke');
}

function showList(folders: string[], output: Context['output']): void {
  if (folders.length === 0 && !output.json) output.note('You have granted no permissions yet.');
  else output.result(folders, folders.join('\n'));
}
