import type { Engine } from '../engine/engine.ts';
import type { CommandGroup, Devcontainer } from '../environments/devcontainer/devcontainer.ts';
import { EzjError } from '../protocol/errors.ts';
import type { Report } from '../protocol/events.ts';
import type { ContainerPlan } from './container-plan.ts';

/** The time limit of a step that no caller cancels. */
const TIMEOUT_MS = 24 * 3_600_000;
const LAST_LINES = 15;
/** What a command prints is shown only if it fails, and then its end. */
const OUTPUT = { maxBytes: 256 * 2 ** 20, keepBytes: 2 ** 16 };

/** The engine does not keep the order of two streams. */
const ONE_STREAM = ['sh', '-c', 'exec "$@" 2>&1', 'sh'];

/**
 * Runs the commands that a devcontainer.json has for a new container, as the user in the project folder. If a command
 * fails, skips those after it. The session keeps running, so the user can repair it there.
 */
export async function runFirstCommands(
  engine: Engine,
  container: string,
  { file, commands }: Devcontainer,
  {
    containerContext: { workdir },
    identity: { uid, gid },
    report,
    signal,
  }: Pick<ContainerPlan, 'containerContext' | 'identity'> & {
    report: Report;
    signal: AbortSignal;
  },
): Promise<void> {
  for (const group of commands) {
    report({ type: 'step', text: `Running ${group.key} of ${file.path}` });
    const failures = await runGroup(engine, container, group, { workdir, user: `${uid}:${gid}`, signal });
    for (const failure of failures) report({ type: 'warning', text: `${file.path}: ${failure}` });
    if (failures.length > 0) return;
  }
}

async function runGroup(
  engine: Engine,
  container: string,
  { commands }: CommandGroup,
  options: { workdir: string; user: string; signal: AbortSignal },
): Promise<string[]> {
  const failures = commands.map(async ({ name, argv }) => {
    const cmd = [...ONE_STREAM, ...argv];
    const { exitCode, output } = await engine.exec(container, { cmd, timeoutMs: TIMEOUT_MS, ...OUTPUT, ...options });
    if (exitCode === 0) return [];
    const lines = output.trimEnd().split(/\r?\n/).slice(-LAST_LINES);
    return [[`${name} failed with exit code ${exitCode}`, ...lines].join('\n  ')];
  });
  return (await Promise.all(failures)).flat();
}

/** Lists requirements of a devcontainer.json that the engine of this machine does not meet, one line each. */
export function unmetNeeds(
  { file, needs }: Devcontainer,
  { cpus, memoryBytes }: { cpus: number; memoryBytes: number },
): string[] {
  const gib = (bytes: number) => `${Math.round((bytes / 2 ** 30) * 10) / 10} GiB`;
  return [
    ...(needs.cpus !== undefined && needs.cpus > cpus
      ? [`${file.path} asks for ${needs.cpus} CPUs, but the engine has ${cpus}`]
      : []),
    ...(needs.memoryBytes !== undefined && needs.memoryBytes > memoryBytes
      ? [`${file.path} asks for ${gib(needs.memoryBytes)} of memory, but the engine has ${gib(memoryBytes)}`]
      : []),
  ];
}

/**
 * Replaces the error of a container that ended because an image of the project has no Jupyter. Returns any other error
 * unchanged.
 */
export function withoutJupyter(error: EzjError, by: string): EzjError {
  const words = [error.message, ...(error.details ?? [])].join('\n');
  const isMissing =
    /(?:"|exec |exec: )jupyter"?(?:: | failed: )(?:executable file not found|No such file|not found)|jupyter: (?:command )?not found|Jupyter command `jupyter-lab` not found/i;
  if (!['session-exited', 'engine-failed'].includes(error.code) || !isMissing.test(words)) return error;
  return new EzjError({
    code: 'image-unsuitable',
    message: `The image of ${by} has no Jupyter, which a notebook needs.`,
    hint: 'Install it there, for example with `RUN pip install jupyterlab`, or use a base image that has it. `ezj --no-env` starts without this image.',
    cause: error,
  });
}
