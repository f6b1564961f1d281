import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ProjectFile, type ProjectSettings, readProjectFile } from '../config/project-file.ts';
import type { UserKind } from '../config/user-kinds.ts';
import { EzjError } from '../protocol/errors.ts';
import type { MountRequest, StartRequest } from '../protocol/session.ts';
import { parseSize } from '../protocol/sizes.ts';
import type { KindRequest } from './labels.ts';

/** The kind of a folder that says nothing, for a user who says nothing. */
const DEFAULT_KIND = 'python';

/** What a start comes to, when the project's own file has had its say. */
export interface ProjectRequest {
  asked: StartRequest;
  request: KindRequest;
  /** Kinds of the user's own and of the project, by name. */
  kinds: Record<string, UserKind>;
  file?: ProjectFile;
  /** Tells this content of the file, and what its mounts lead to, from any other; SHA-256, hexadecimal. */
  fingerprint?: string;
}

/**
 * A request completed by what the project file says; what the command line has said stays. Without a file, only the kind is
 * filled in.
 * @throws `project-file-invalid`, `mount-missing`
 */
export async function completeRequest(asked: StartRequest, own: Record<string, UserKind>): Promise<ProjectRequest> {
  const file = await readProjectFile(asked.project);
  if (!file) return { asked, request: { ...asked, kind: asked.kind ?? DEFAULT_KIND }, kinds: own };
  const mounts = await resolveMounts(asked.project, file);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([file.hash, mounts]))
    .digest('hex');
  const kinds = { ...own, ...file.settings.kinds };
  return { asked, request: complete(asked, file.settings, mounts), kinds, file, fingerprint };
}

function complete(asked: StartRequest, settings: ProjectSettings, mounts: MountRequest[]): KindRequest {
  const taken = asked.mounts.map(({ target }) => target);
  // Image, name and port go with the kind that they were written beside.
  const isOwnKind = asked.kind === undefined || asked.kind === (settings.kind ?? DEFAULT_KIND);
  const { image, name, port } = isOwnKind ? settings : {};
  return {
    ...asked,
    kind: asked.kind ?? settings.kind ?? DEFAULT_KIND,
    image: asked.image ?? image,
    name: asked.name ?? name,
    port: asked.port ?? port,
    bind: asked.bind ?? settings.bind,
    readOnly: asked.readOnly || (settings.readOnly ?? false),
    mounts: [...mounts.filter(({ target }) => !taken.includes(target)), ...asked.mounts],
    env: { ...settings.env, ...asked.env },
    cpus: asked.cpus ?? settings.cpus,
    memoryBytes: asked.memoryBytes ?? sizeOf(settings.memory),
    shmBytes: asked.shmBytes ?? sizeOf(settings.shmSize),
    gpus: asked.gpus ?? settings.gpus,
  };
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
      const inside = path.posix.normalize(target ?? `/mnt/${path.basename(absolute) || 'root'}`).replace(/\/$/, '');
      return { source: real, target: inside, readOnly };
    }),
  );
}

function sizeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseSize(text);
}
