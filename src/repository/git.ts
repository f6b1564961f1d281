import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { EzjError } from '../protocol/errors.ts';
import type { Report } from '../protocol/events.ts';
import { endWith } from './end-git.ts';
import { withoutCredentials } from './refused-address.ts';

const LAST_LINES = 15;

/**
 * Settings that win over the user's own: git runs no program that watches files, takes no folder for a repository that
 * only looks like one, and starts nothing that goes on after it.
 */
const SETTINGS = [
  'core.fsmonitor=false',
  'safe.bareRepository=explicit',
  'submodule.recurse=false',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((setting) => ['-c', setting]);

/** The options of every git call. */
export interface GitCall {
  /** Variables to add to this process's environment; `undefined` removes one. */
  env: NodeJS.ProcessEnv;
  /** Words to hide in the output. */
  secrets: string[];
  /** Whether git may ask for a password, on the terminal that it shares with ezj. */
  prompt: boolean;
  report: Report;
  signal?: AbortSignal;
}

/** The result of a git call. */
export interface GitResult {
  ok: boolean;
  stdout: string;
  /** The last lines on stderr, without progress. */
  lines: string[];
}

/**
 * Runs git to its end, even if it fails, and reports its stderr, including progress. This is the only place that runs
 * git. It runs in the root folder, and without a repository: the settings of the folder that the user is in could run
 * commands. `inside` is a repository that no session can write to.
 * @throws `git-missing`, `cancelled`
 */
export async function runGit(
  args: string[],
  { env, secrets, prompt, report, signal }: GitCall,
  { inside }: { inside?: string } = {},
): Promise<GitResult> {
  const { execa } = await import('execa');
  const wholeGroup = !prompt && process.platform !== 'win32';
  const child = execa('git', [...SETTINGS, ...(inside === undefined ? [] : ['-C', inside]), ...args], {
    cwd: path.parse(process.execPath).root,
    // git asks for a password on the terminal itself.
    stdin: 'ignore',
    buffer: { stdout: true, stderr: false },
    env: {
      ...env,
      GIT_DIR: inside === undefined ? os.devNull : undefined,
      // Looks for a repository in no folder above.
      GIT_CEILING_DIRECTORIES: inside && path.dirname(inside),
    },
    detached: wholeGroup,
    reject: false,
  });
  const release = endWith(child, { signal, wholeGroup });
  const lines: string[] = [];
  const keep = (text: string) => {
    const line = hideSecrets(visible(text).trimEnd(), secrets);
    if (line === '') return;
    report({ type: 'output', line });
    if (!isProgress(line)) lines.push(line);
    if (lines.length > LAST_LINES) lines.shift();
  };
  splitLines(child.stderr, keep);
  const result = await child.finally(release);
  if (signal?.aborted) throw new EzjError({ code: 'cancelled', message: 'Cancelled.' });
  if (result.code === 'ENOENT') throw gitMissing();
  return { ok: !result.failed, stdout: String(result.stdout ?? ''), lines };
}

/** Whether a line of git shows progress: `Receiving objects:  42% (21/50)`. */
export function isProgress(line: string): boolean {
  return /\b\d+% \(\d+\/\d+\)|^(remote: )?(Enumerating|Counting|Compressing) objects/.test(line);
}

/** What git passes on from a server must not command the terminal. */
function visible(text: string): string {
  return text.replaceAll('\t', ' ').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '');
}

function hideSecrets(line: string, secrets: string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, '***'), withoutCredentials(line));
}

function splitLines(stream: NodeJS.ReadableStream, keep: (line: string) => void): void {
  let rest = '';
  stream
    .setEncoding('utf8')
    .on('data', (text: string) => {
      const lines = (rest + text).split(/[\r\n]+/);
      rest = lines.pop() ?? '';
      for (const line of lines) keep(line);
    })
    .on('end', () => keep(rest));
}

function gitMissing(): EzjError {
  const install: Partial<Record<NodeJS.Platform, string>> = {
    darwin: 'xcode-select --install',
    win32: 'winget install Git.Git',
  };
  return new EzjError({
    code: 'git-missing',
    message: 'git is not installed, and ezj needs it to clone the repository.',
    hint: `Install it (${install[process.platform] ?? 'sudo apt install git'}), then run this command again`,
  });
}
