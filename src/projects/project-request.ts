import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { UserKind } from '../config/user-kinds.ts';
import { type Devcontainer, readDevcontainer } from '../environments/devcontainer/devcontainer.ts';
import { chooseBuild } from '../environments/dockerfile/choose-build.ts';
import { type Detection, detect } from '../environments/files/detect.ts';
import { type ImageChoice, kindOf, planEnvironment } from '../environments/plan.ts';
import { codeOf } from '../environments/project-code.ts';
import type { EnvironmentPlan, ProjectCode } from '../environments/step.ts';
import { findKind, workdirOf } from '../notebooks/kinds.ts';
import { isolated } from '../parsing/isolated.ts';
import { EzjError } from '../protocol/errors.ts';
import { proxiesWithPassword } from '../protocol/proxies.ts';
import type { KindRequest, MountRequest, StartRequest } from '../protocol/session.ts';
import { parseSize } from '../protocol/sizes.ts';
import { type ProjectFile, type ProjectSettings, readProjectFile } from './project-file.ts';

/** The kind if neither the folder nor the user names one. */
const DEFAULT_KIND = 'python';

/**
 * The content of a project folder that affects its sessions: `ezj.yaml`, and the files that describe the environment.
 */
interface ProjectFiles {
  file?: ProjectFile;
  /** Undefined if the user asked to ignore the environment. */
  detection?: Detection;
  /** Missing if there is none, or if binder/ has priority. */
  devcontainer?: Devcontainer;
}

/** A start request, completed by the files of the project. */
export interface ProjectRequest {
  asked: StartRequest;
  request: KindRequest;
  /** Kinds that the user and the project define, by name. */
  kinds: Record<string, UserKind>;
  file?: ProjectFile;
  devcontainer?: Devcontainer;
  /** Code of the project that a build or a start runs. */
  code: ProjectCode[];
  /** The environment plan of the project; undefined if the user asked to ignore the environment. */
  plan?: EnvironmentPlan;
  /** Conclusions from the files, for the user. */
  remarks: string[];
  /** The addresses of the user's proxies whose password the session and the builds get. */
  proxies: string[];
  /** Identifies the content of the files and the code, the mount sources and the proxies. SHA-256, hexadecimal. */
  fingerprint: string;
}

/**
 * Completes a request with the settings of the project files. Options on the command line have priority.
 * @throws `project-file-invalid`, `environment-invalid`, `mount-missing`
 */
export const completeRequest = isolated('completeRequest', complete);

async function complete(asked: StartRequest, own: Record<string, UserKind>): Promise<ProjectRequest> {
  const files = await readProject(asked, own);
  const { file, detection, devcontainer } = files;
  const mounts = await resolveMounts(asked.project, files);
  const request = settle(asked, files, mounts);
  const choice = detection && (await chooseImage(asked, request, files));
  const plan = detection && (await planEnvironment(detection, request.kind, choice));
  const proxies = proxiesWithPassword(asked.host.proxy);
  const code = detection && choice ? [...codeOf(detection, choice), ...(plan?.code ?? [])] : [];
  return {
    asked,
    request,
    kinds: { ...own, ...file?.settings.kinds },
    file,
    devcontainer,
    code,
    plan,
    remarks: remarksOn(asked, files),
    proxies,
    fingerprint: fingerprintOf(files, { mounts, code, proxies }),
  };
}

/** Reads the files of a project folder. */
export async function readProject(
  asked: Pick<StartRequest, 'project' | 'kind' | 'noEnv' | 'localEnv'>,
  own: Record<string, UserKind>,
): Promise<ProjectFiles> {
  const { project, noEnv, localEnv = {} } = asked;
  const [file, detection] = await Promise.all([readProjectFile(project), noEnv ? undefined : detect(project)]);
  if (!detection?.devcontainer || detection.folder !== '') return { file, detection };
  const kind = findKind(asked.kind ?? kindOfFiles({ file, detection }), { ...own, ...file?.settings.kinds });
  const workdir = workdirOf(kind, project);
  return {
    file,
    detection,
    devcontainer: await readDevcontainer(detection.devcontainer, { project, workdir, localEnv }),
  };
}

/**
 * Chooses the image, or the Dockerfile that makes it. A `dockerfile` in ezj.yaml applies only to the kind of that file.
 */
export async function chooseImage(
  asked: Pick<StartRequest, 'image' | 'imageTag'>,
  { image, kind }: Pick<KindRequest, 'image' | 'kind'>,
  { file, detection, devcontainer }: ProjectFiles,
): Promise<ImageChoice> {
  const dockerfile = file && kind === kindOfFiles({ file, detection }) ? file.settings.dockerfile : undefined;
  const isNamed = image !== undefined || asked.imageTag !== undefined;
  const build = detection && !isNamed ? await chooseBuild(detection, { dockerfile, devcontainer }) : undefined;
  return { image, build, devcontainer, sourcePackages: file?.settings.sourcePackages };
}

function kindOfFiles({ file, detection }: ProjectFiles): string {
  return file?.settings.kind ?? (detection && kindOf(detection)?.kind) ?? DEFAULT_KIND;
}

/** Merges a request with the settings of the project files and their mounts. */
export function settle(
  asked: StartRequest,
  { file, detection, devcontainer }: ProjectFiles,
  mounts: MountRequest[],
): KindRequest {
  const settings: Partial<ProjectSettings> = file?.settings ?? {};
  const taken = asked.mounts.map(({ target }) => target);
  const kind = kindOfFiles({ file, detection });
  // Image, name and port apply only to the kind of the same file.
  const { image, dockerfile, name, port } = (asked.kind ?? kind) === kind ? settings : {};
  const below = dockerfile === undefined && asked.imageTag === undefined ? devcontainer?.image : undefined;
  return {
    ...asked,
    kind: asked.kind ?? kind,
    image: asked.image ?? image ?? below,
    name: asked.name ?? name,
    port: asked.port ?? port,
    bind: asked.bind ?? settings.bind,
    readOnly: asked.readOnly || (settings.readOnly ?? false),
    mounts: [...mounts.filter(({ target }) => !taken.includes(target)), ...asked.mounts],
    env: { ...devcontainer?.env, ...settings.env, ...asked.env },
    cpus: asked.cpus ?? settings.cpus,
    memoryBytes: asked.memoryBytes ?? sizeOf(settings.memory),
    shmBytes: asked.shmBytes ?? sizeOf(settings.shmSize),
    gpus: asked.gpus ?? settings.gpus ?? devcontainer?.gpus,
  };
}

function remarksOn(asked: StartRequest, { file, detection }: ProjectFiles): string[] {
  const meant = detection && kindOf(detection);
  if (!meant || asked.kind !== undefined || file?.settings.kind !== undefined) return [];
  return [`${meant.because} is here: starting with R (-3 for Python)`];
}

function fingerprintOf(
  { file, devcontainer }: ProjectFiles,
  { mounts, code, proxies }: Pick<ProjectRequest, 'code' | 'proxies'> & { mounts: MountRequest[] },
): string {
  const files = [...code.map((each) => each.file), ...(devcontainer ? [devcontainer.file] : [])];
  const contents = [...new Set(files)].map(({ path, content }) => [path, content.toString('base64')]);
  return createHash('sha256')
    .update(JSON.stringify([file?.hash, mounts, contents, ...(proxies.length > 0 ? [proxies] : [])]))
    .digest('hex');
}

/** For the same target, the mount of ezj.yaml wins. */
async function resolveMounts(project: string, { file, devcontainer }: ProjectFiles): Promise<MountRequest[]> {
  const own = await Promise.all(
    (file?.settings.mounts ?? []).map((mount) => resolveMount(project, mount, file?.path ?? '')),
  );
  const others = await Promise.all(
    (devcontainer?.mounts ?? []).map((mount) => resolveMount(project, mount, devcontainer?.file.path ?? '')),
  );
  return [...others.filter(({ target }) => !own.some((each) => each.target === target)), ...own];
}

async function resolveMount(
  project: string,
  { source, target, readOnly }: { source: string; target?: string; readOnly: boolean },
  by: string,
): Promise<MountRequest> {
  const absolute = path.resolve(project, source.replace(/^~(?=\/|$)/, os.homedir()));
  const real = await realpath(absolute).catch((cause) => {
    throw new EzjError({
      code: 'mount-missing',
      message: `${by}: mounts: there is no ${absolute}`,
      hint: 'Create the folder, or correct the path.',
      cause,
    });
  });
  const inside = path.posix.normalize(target ?? `/mnt/${path.basename(absolute) || 'root'}`).replace(/\/$/, '');
  return { source: real, target: inside, readOnly };
}

function sizeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseSize(text);
}
