import { realpath } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ProjectFile, ProjectSettings } from '../config/project-file.ts';
import { isLoopback } from '../protocol/addresses.ts';
import { EzjError } from '../protocol/errors.ts';
import type { MountRequest, StartRequest } from '../protocol/session.ts';
import { shellQuote } from '../protocol/shell-word.ts';
import { parseSize } from '../protocol/sizes.ts';
import type { KindRequest } from './labels.ts';

/** The kind of a folder that says nothing, for a user who says nothing. */
const DEFAULT_KIND = 'python';

/**
 * A request completed by what the project file says; what the command line has said stays. Without a file, only the kind is
 * filled in.
 * @throws `mount-missing`
 */
export async function completeRequest(request: StartRequest, file: ProjectFile | undefined): Promise<KindRequest> {
  if (!file) return { ...request, kind: request.kind ?? DEFAULT_KIND };
  const { settings } = file;
  const mounts = await resolveMounts(request.project, file);
  const taken = request.mounts.map(({ target }) => target);
  return {
    ...request,
    kind: request.kind ?? settings.kind ?? DEFAULT_KIND,
    // An image goes with the kind that it was written beside.
    image: request.image ?? (isOwnKind(request, settings) ? settings.image : undefined),
    name: request.name ?? (isOwnKind(request, settings) ? settings.name : undefined),
    port: request.port ?? (isOwnKind(request, settings) ? settings.port : undefined),
    bind: request.bind ?? settings.bind,
    readOnly: request.readOnly || (settings.readOnly ?? false),
    mounts: [...mounts.filter(({ target }) => !taken.includes(target)), ...request.mounts],
    env: { ...settings.env, ...request.env },
    cpus: request.cpus ?? settings.cpus,
    memoryBytes: request.memoryBytes ?? sizeOf(settings.memory),
    shmBytes: request.shmBytes ?? sizeOf(settings.shmSize),
    gpus: request.gpus ?? settings.gpus,
  };
}

function isOwnKind({ kind }: StartRequest, settings: ProjectSettings): boolean {
  return kind === undefined || kind === (settings.kind ?? DEFAULT_KIND);
}

/** What a project file asks for that reaches beyond its folder, each as a line for the user. */
export async function reachOf(project: string, file: ProjectFile): Promise<string[]> {
  const { bind, passEnv, gpus, kinds, kind, image } = file.settings;
  const mounts = await resolveMounts(project, file);
  const outside = mounts.filter(({ source }) => !isWithin(source, project));
  const asRoot = Object.entries(kinds).filter(([, { ownership }]) => ownership === 'rocker');
  const open = Object.entries(kinds).filter(([, { signIn }]) => signIn === 'none');
  return [
    ...outside.map(
      ({ source, target, readOnly }) => `mounts ${source} at ${target}, ${readOnly ? 'read-only' : 'writable'}`,
    ),
    ...(bind !== undefined && !isLoopback(bind) ? [`listens on ${bind}, which other machines reach`] : []),
    ...passEnv.map((name) => `hands your variable ${name} to the session`),
    ...(gpus === undefined ? [] : [`uses ${gpus === 'all' ? 'all GPUs' : `${gpus} of your GPUs`}`]),
    ...(kind === 'rstudio' && image ? [`starts ${image} as root in the container`] : []),
    ...asRoot.map(([name, each]) => `starts ${each.image} (kind ${name}) as root in the container`),
    ...open.map(([name]) => `opens the kind ${name} without a sign-in to everybody on this machine`),
  ];
}

/** The error of a project file that the user has not agreed to. */
export function untrusted(project: string, reach: string[]): EzjError {
  return new EzjError({
    code: 'project-untrusted',
    message: `ezj.yaml in ${project} asks for what reaches beyond its folder, and you have not agreed to it.`,
    details: reach,
    hint: `If you do: ezj trust ${shellQuote(project)}`,
  });
}

async function resolveMounts(project: string, file: ProjectFile): Promise<MountRequest[]> {
  return Promise.all(
    file.settings.mounts.map(async ({ source, target, readOnly }) => {
      const absolute = path.resolve(project, source.replace(/^~(?=\/|$)/, os.homedir()));
      const real = await realpath(absolute).catch((cause) => {
        throw new EzjError({
          code: 'mount-missing',
          message: `${file.path}: mounts: there is no ${absolute}`,
          hint: 'Make the folder first, or correct the path.',
          cause,
        });
      });
      return { source: real, target: target ?? `/mnt/${path.basename(absolute) || 'root'}`, readOnly };
    }),
  );
}

function isWithin(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function sizeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseSize(text);
}
