import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ProjectFile, type ProjectSettings, readProjectFile } from '../config/project-file.ts';
import type { UserKind } from '../config/user-kinds.ts';
import { type Detection, detect } from '../environments/detect.ts';
import { type Environment, environmentOf } from '../environments/environment.ts';
import { kindOf } from '../environments/plan.ts';
import { codeOf, type ProjectCode } from '../environments/project-code.ts';
import { EzjError } from '../protocol/errors.ts';
import type { MountRequest, StartRequest } from '../protocol/session.ts';
import { parseSize } from '../protocol/sizes.ts';
import type { KindRequest } from './labels.ts';

/** The kind of a folder that says nothing, for a user who says nothing. */
const DEFAULT_KIND = 'python';

/** What a project folder says of its sessions: its own file, and those that describe its environment. */
interface ProjectFiles {
  file?: ProjectFile;
  /** Undefined where the user leaves the environment aside. */
  detection?: Detection;
}

/** What a start comes to, when the project's files have had their say. */
export interface ProjectRequest {
  asked: StartRequest;
  request: KindRequest;
  /** Kinds of the user's own and of the project, by name. */
  kinds: Record<string, UserKind>;
  file?: ProjectFile;
  /** Code of the project that a build or a start runs. */
  code: ProjectCode[];
  /** What the project's files say that it needs; undefined where the user leaves that aside. */
  environment?: Environment;
  /** What was concluded from the files, for the user. */
  remarks: string[];
  /** Tells these contents of file and code, and what the mounts lead to, from any other; SHA-256, hexadecimal. */
  fingerprint: string;
}

/**
 * A request completed by what the project's files say; what the command line has said stays.
 * @throws `project-file-invalid`, `environment-invalid`, `mount-missing`
 */
export async function completeRequest(asked: StartRequest, own: Record<string, UserKind>): Promise<ProjectRequest> {
  const [file, detection] = await Promise.all([
    readProjectFile(asked.project),
    asked.noEnv ? undefined : detect(asked.project),
  ]);
  const files = { file, detection };
  const mounts = file ? await resolveMounts(asked.project, file) : [];
  const request = settle(asked, files, mounts);
  const code = detection ? codeOf(detection) : [];
  return {
    asked,
    request,
    kinds: { ...own, ...file?.settings.kinds },
    file,
    code,
    environment: detection && (await environmentOf(detection, request.kind)),
    remarks: remarksOn(asked, files),
    fingerprint: fingerprintOf(file, mounts, code),
  };
}

/** A request completed by a project's files, with the mounts that its own file asks for. */
export function settle(asked: StartRequest, { file, detection }: ProjectFiles, mounts: MountRequest[]): KindRequest {
  const settings: Partial<ProjectSettings> = file?.settings ?? {};
  const taken = asked.mounts.map(({ target }) => target);
  const kind = settings.kind ?? (detection && kindOf(detection)?.kind) ?? DEFAULT_KIND;
  // Image, name and port go with the kind that they were written beside.
  const { image, name, port } = (asked.kind ?? kind) === kind ? settings : {};
  return {
    ...asked,
    kind: asked.kind ?? kind,
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

function remarksOn(asked: StartRequest, { file, detection }: ProjectFiles): string[] {
  const meant = detection && kindOf(detection);
  if (!meant || asked.kind !== undefined || file?.settings.kind !== undefined) return [];
  return [`${meant.because} is here: starting with R (-3 for Python)`];
}

function fingerprintOf(file: ProjectFile | undefined, mounts: MountRequest[], code: ProjectCode[]): string {
  const contents = code.map(({ file: { path, content } }) => [path, content.toString('base64')]);
  return createHash('sha256')
    .update(JSON.stringify([file?.hash, mounts, contents]))
    .digest('hex');
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
