import path from 'node:path';
import { EzjError } from '../protocol/errors.ts';
import type { KindName, StartRequest } from '../protocol/session.ts';
import { readHostNetwork } from './host-network.ts';
import { parseVariable, readEnvFile } from './options/environment.ts';
import { resolveMounts } from './options/mount.ts';
import { readKind, refuseWholeMachine, resolveTarget } from './project.ts';
import type { StartOptions } from './start-options.ts';

/**
 * What the daemon is asked for, from the command line: paths resolved, variables filled in, and remarks for the user.
 * @throws `usage`, `project-missing`, `project-refused`, `mount-missing`
 */
export function createStartRequest(input: {
  argument: string;
  options: StartOptions;
  cwd: string;
  env: NodeJS.ProcessEnv;
}): { request: StartRequest; remarks: string[] } {
  const { argument, options, cwd, env } = input;
  refuseContradictions(options);
  const { project, notebook } = resolveTarget(argument, cwd);
  if (!options.yes) refuseWholeMachine(project);
  const { kind, remarks } = chooseKind({ options, project, notebook });
  const request: StartRequest = {
    project,
    kind,
    image: options.image,
    refresh: options.quick ? 'never' : options.update ? 'always' : 'auto',
    name: options.name,
    port: options.port,
    bind: options.bind,
    readOnly: options.ro ?? false,
    mounts: resolveMounts(options.mount, { cwd, project }),
    env: collectVariables({ options, cwd, env }),
    cpus: options.cpus,
    memoryBytes: options.memory,
    shmBytes: options.shmSize,
    gpus: options.gpus,
    notebook,
    user: currentUser(),
    host: readHostNetwork(env),
  };
  return { request, remarks };
}

function refuseContradictions(options: StartOptions): void {
  if (options[2]) {
    throw new EzjError({
      code: 'usage',
      message: '-2 is not accepted: Python 2 ended in 2020, and no maintained image has it.',
      hint: 'Leave out -2 for Python 3 (2to3 and https://python-modernize.readthedocs.io help to convert), or name an image of your own with --image',
    });
  }
  if (options[3] && options.r) throw usage('-3 and -R are not accepted together: one is Python, the other R');
  if (options.quick && options.update) {
    throw usage('--quick and --update are not accepted together: one never pulls or builds, the other always does');
  }
}

function chooseKind(input: { options: StartOptions; project: string; notebook?: string }): {
  kind: KindName;
  remarks: string[];
} {
  const { options, project, notebook } = input;
  if (options.r) return { kind: 'r', remarks: [] };
  if (options[3] || notebook === undefined || readKind(path.join(project, notebook)) !== 'r') {
    return { kind: 'python', remarks: [] };
  }
  return { kind: 'r', remarks: [`${notebook} is an R notebook: starting with the R kernel (-3 for Python)`] };
}

function collectVariables(input: {
  options: StartOptions;
  cwd: string;
  env: NodeJS.ProcessEnv;
}): Record<string, string> {
  const { options, cwd, env } = input;
  const fromFiles = options.envFile.map((file) => readEnvFile(path.resolve(cwd, file), env));
  const given = Object.fromEntries(options.env.map((value) => parseVariable(value, env)));
  return Object.assign({}, ...fromFiles, given);
}

/** Whom new files shall belong to; undefined on Windows, where the engine's machine settles that. */
function currentUser(): StartRequest['user'] {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function usage(message: string): EzjError {
  return new EzjError({ code: 'usage', message });
}
