import type { CallContext } from '../concurrency/shared-work.ts';
import type { CommandGroup, Devcontainer } from '../environments/devcontainer/devcontainer.ts';
import type { Runtime, StartedSession } from './runtime.ts';

/** The time limit of a step that no caller cancels. */
const TIMEOUT_MS = 24 * 3_600_000;
const LAST_LINES = 15;
/** What a command prints is shown only if it fails, and then its end. */
const OUTPUT = { maxBytes: 256 * 2 ** 20, keepBytes: 2 ** 16 };

/** A runtime need not keep the order of two streams. */
const ONE_STREAM = ['sh', '-c', 'exec "$@" 2>&1', 'sh'];

/**
 * Runs the commands that a devcontainer.json has for a new session, as the user in the project folder. If a command
 * fails, skips those after it. The session keeps running, so the user can repair it there.
 */
export async function runFirstCommands(
  runtime: Runtime,
  { id, workdir, identity: { uid, gid } }: StartedSession,
  { file, commands }: Devcontainer,
  { report, signal }: CallContext,
): Promise<void> {
  for (const group of commands) {
    report({ type: 'step', text: `Running ${group.key} of ${file.path}` });
    const failures = await runGroup(runtime, id, group, { workdir, user: `${uid}:${gid}`, signal });
    for (const failure of failures) report({ type: 'warning', text: `${file.path}: ${failure}` });
    if (failures.length > 0) return;
  }
}

async function runGroup(
  runtime: Runtime,
  id: string,
  { commands }: CommandGroup,
  options: { workdir: string; user: string; signal: AbortSignal },
): Promise<string[]> {
  const failures = commands.map(async ({ name, argv }) => {
    const cmd = [...ONE_STREAM, ...argv];
    const { exitCode, output } = await runtime.run(id, { cmd, timeoutMs: TIMEOUT_MS, ...OUTPUT, ...options });
    if (exitCode === 0) return [];
    const lines = output.trimEnd().split(/\r?\n/).slice(-LAST_LINES);
    return [[`${name} failed with exit code ${exitCode}`, ...lines].join('\n  ')];
  });
  return (await Promise.all(failures)).flat();
}
