import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '../../client/client.ts';
import { CODE_FILES, DEVCONTAINER_FILES } from '../../protocol/environment.ts';
import { EzjError } from '../../protocol/errors.ts';
import { plainText } from '../../protocol/plain-text.ts';
import type { ProjectReport } from '../../protocol/project.ts';
import { proxiesWithPassword } from '../../protocol/proxies.ts';
import type { StartRequest } from '../../protocol/session.ts';
import { shellQuote } from '../../protocol/shell-word.ts';
import { askYesNo, canAsk } from '../terminal/ask.ts';
import type { Output } from '../terminal/output.ts';

/** The characters of a permission that the question shows; a few lines of a terminal. */
const SHOWN = 400;

/**
 * Sees to it that the user has agreed to what the project's files ask for, once for each content, and adds the variables that
 * it wants handed on. A folder without a file costs nothing, unless the user's proxy has a password.
 * @throws `project-untrusted` on a no, or where there is nobody to ask; `project-file-invalid`
 */
export async function withProjectFile(
  request: StartRequest,
  input: { client: Client; output: Output; env: NodeJS.ProcessEnv; yes: boolean },
): Promise<StartRequest> {
  const { client, output, env, yes } = input;
  const { project, host } = request;
  if (!asksForSomething(project) && proxiesWithPassword(host.proxy).length === 0) return request;
  const report = await client.call('POST /v1/project', { body: request });
  if (report === null) return request;
  if (!report.trusted) {
    if (yes || canAsk()) showPermissions(project, report, output);
    if (!yes) await askFirst(project, report, output);
    await client.call('PUT /v1/trust', { body: { request, fingerprint: report.fingerprint } });
  }
  const passed = report.passEnv.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return { ...request, env: { ...Object.fromEntries(passed), ...request.env } };
}

/** Whether there is a file that may have to be agreed to. */
function asksForSomething(project: string): boolean {
  const code = ['', 'binder', '.binder'].flatMap((folder) => CODE_FILES.map((name) => path.join(folder, name)));
  return ['ezj.yaml', ...DEVCONTAINER_FILES, ...code].some((name) => existsSync(path.join(project, name)));
}

/** What a project's files ask for, in words. */
export function describePermissions(
  { file, permissions }: Pick<ProjectReport, 'file' | 'permissions'>,
  { limit = Number.POSITIVE_INFINITY } = {},
): string[] {
  const name = plainText(file);
  if (permissions.length === 0) return [`${name} needs no permissions.`];
  return [`${name} needs your permission. It`, ...permissions.map((line) => `  ${plainText(line, limit)}`)];
}

function showPermissions(project: string, report: ProjectReport, output: Output): void {
  for (const line of describePermissions(report, { limit: SHOWN })) output.note(line);
  if (report.permissions.some((line) => line.length > SHOWN))
    output.note(`For the full text: ezj trust --show ${shellQuote(project)}`);
}

async function askFirst(project: string, report: ProjectReport, output: Output): Promise<void> {
  if (canAsk() && !output.json && (await askYesNo('Do you agree?'))) return;
  throw new EzjError({
    code: 'project-untrusted',
    message: `${plainText(report.file)} needs permissions that you have not granted.`,
    details: report.permissions.map((line) => plainText(line, SHOWN)),
    hint: `To grant them: ezj trust ${shellQuote(project)}`,
  });
}
