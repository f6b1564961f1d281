import path from 'node:path';
import { EzjError } from '../../protocol/errors.ts';
import type { StartRequest } from '../../protocol/session.ts';
import { readHostNetwork } from '../host-network.ts';
import { parseVariable, readEnvFile } from '../options/environment.ts';
import { resolveMounts } from '../options/mount.ts';
import { hasCuda, hasR, stackImage } from '../options/stack.ts';
import { readKernel, refuseWholeMachine, resolveTarget, type Target } from '../target.ts';
import { localVariables } from './local-variables.ts';
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
  /** What the argument means, where that is known already. */
  target?: Target;
  /** What the argument may have been meant as, where there is no such folder. */
  commandNames?: string[];
}): { request: StartRequest; remarks: string[] } {
  const { argument, options, cwd, env, commandNames } = input;
  refuseContradictions(options);
  const { target = resolveTarget(argument, cwd, { anyFile: options.kind !== undefined, commandNames }) } = input;
  const { project, notebook } = target;
  if (!options.yes) refuseWholeMachine(project);
  const { kind, remarks } = chooseKind(options, target);
  // What the project's file says of the kind is known to the daemon.
  if (options.rVersion && kind !== undefined && kind !== 'rstudio') throw usage('--r-version goes with --rstudio');
  const request: StartRequest = {
    project,
    kind,
    image: options.stack ? stackImage(options.stack, { gpus: options.gpus !== undefined }) : options.image,
    imageTag: options.rVersion,
    refresh: options.quick ? 'never' : options.update ? 'always' : 'auto',
    name: options.name,
    port: options.port,
    bind: options.bind,
    readOnly: options.ro ?? false,
    mounts: resolveMounts(options.mount ?? [], { cwd, project }),
    env: collectVariables({ options, cwd, env }),
    cpus: options.cpus,
    memoryBytes: options.memory,
    shmBytes: options.shmSize,
    gpus: options.gpus,
    notebook,
    user: currentUser(),
    noEnv: options.noEnv,
    localEnv: options.noEnv ? undefined : localVariables(project, env),
    host: readHostNetwork(env),
  };
  return { request, remarks };
}

/** What `ezj DIR` asks for, with nothing said. */
export function plainRequest(project: string, env: NodeJS.ProcessEnv): StartRequest {
  const localEnv = localVariables(project, env);
  const host = { proxy: {} };
  return { project, refresh: 'auto', readOnly: false, mounts: [], env: {}, user: currentUser(), localEnv, host };
}

/** Refuses options that exclude each other. Throws `usage`. */
export function refuseContradictions(options: StartOptions): void {
  if (options.python2) {
    throw new EzjError({
      code: 'usage',
      message: '-2 is not accepted: Python 2 ended in 2020, and no maintained image has it.',
      hint: 'Leave out -2 for Python 3 (2to3 and https://python-modernize.readthedocs.io help to convert), or name an image of your own with --image',
    });
  }
  const kinds = [
    options.python3 && '-3',
    options.r && '-R',
    options.rstudio && '--rstudio',
    options.kind && `--kind ${options.kind}`,
  ].filter((each) => each !== undefined && each !== false);
  if (kinds.length > 1) throw usage(`${kinds.join(' and ')} are not accepted together: a session has one kind`);
  if (options.stack && options.image) throw usage('--stack and --image are not accepted together: both name the image');
  if (options.stack && options.rstudio)
    throw usage('--stack and --rstudio are not accepted together: the stacks are Jupyter');
  if (options.stack && options.r && !hasR(options.stack))
    throw usage(
      `--stack ${options.stack} and -R are not accepted together: its image has no R; --stack datascience has`,
    );
  if (options.rVersion && options.image && /(:[^/]*|@.*)$/.test(options.image)) {
    throw usage(`--r-version and --image ${options.image} are not accepted together: the image has a tag already`);
  }
  if (options.quick && options.update) {
    throw usage('--quick and --update are not accepted together: one never pulls or builds, the other always does');
  }
}

/** Undefined where neither the user nor a file that was named says it: then the project's own file does. */
function chooseKind(
  options: StartOptions,
  { project, notebook, rproj }: Target,
): { kind: string | undefined; remarks: string[] } {
  const remarks =
    options.stack && options.gpus !== undefined && !hasCuda(options.stack)
      ? [`The stack ${options.stack} has no image with CUDA: its usual one is used.`]
      : [];
  if (options.r) return { kind: 'r', remarks };
  if (options.rstudio || (rproj && !options.kind)) return { kind: 'rstudio', remarks };
  if (options.kind ?? options.python3) return { kind: options.kind ?? 'python', remarks };
  if (notebook === undefined) return { kind: undefined, remarks };
  const { kind, remark } = readKernel(path.join(project, notebook));
  // An image that was named may have the kernel.
  const said = remark === undefined || options.stack || options.image ? [] : [`${notebook} ${remark}`];
  return { kind, remarks: [...remarks, ...said] };
}

function collectVariables(input: {
  options: StartOptions;
  cwd: string;
  env: NodeJS.ProcessEnv;
}): Record<string, string> {
  const { options, cwd, env } = input;
  const fromFiles = (options.envFile ?? []).map((file) => readEnvFile(path.resolve(cwd, file), env));
  const given = Object.fromEntries((options.env ?? []).map((value) => parseVariable(value, env)));
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
