import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { CallContext } from '../../concurrency/shared-work.ts';
import type { ContainerFile, Engine, EngineInfo, Image, Mount } from '../../engine/engine.ts';
import { refuseForeignVolumes } from '../../engine/own-volumes.ts';
import { processIdentity } from '../../host/processes.ts';
import { EzjError } from '../../protocol/errors.ts';
import type { Report } from '../../protocol/events.ts';
import { LABEL } from '../../protocol/labels.ts';
import { readLines } from '../../protocol/lines.ts';
import { safeText } from '../../protocol/terminal-text.ts';
import type { CacheName, Step } from '../step.ts';
import { BUILD_FOLDER, BUILD_VOLUME, CACHE_FOLDERS, OWN_FOLDER } from './build-folder.ts';
import { stepFailed } from './failure.ts';
import { digest } from './layers.ts';
import { secretsIn, withoutSecrets } from './secrets.ts';

/** The marker in the names of build containers, by which ezj finds those of a killed daemon. */
export const BUILD_CONTAINER = 'ezj-build-';

const running = new Set<string>();

/** Whether this process builds in the container with this name. */
export function isBuildingIn(name: string): boolean {
  return running.has(name);
}

/** Runs `work` in a container with this name, and protects it from cleanup meanwhile. */
export async function buildingIn<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  running.add(name);
  try {
    return await work();
  } finally {
    running.delete(name);
  }
}

/** The rights of root in a `docker build`, without raw sockets: apt changes its user for downloads, and packages set owners and modes. */
const CAPABILITIES =
  'CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD SETFCAP SETGID SETPCAP SETUID SYS_CHROOT NET_BIND_SERVICE AUDIT_WRITE';

const START = ['/bin/sh', `${OWN_FOLDER}/step`];
const KEPT_LINES = 200;
/** A program can print a line without an end. */
const LONGEST_LINE = 10_000;

/** The surroundings of a step. */
export interface StepContext {
  engine: Engine;
  info: EngineInfo;
  owner: string;
  /** Variables of the step that stay out of the image: proxies, indexes with their passwords, certificates. */
  variables: Record<string, string>;
  /** The host's files that the variables name, in the step's own folder. They stay out of the image too. */
  hostFiles: { path: string; content: Buffer }[];
  labels: Record<string, string>;
  pidsLimit: number;
}

/** The image below a step, and the image that the step makes. */
export interface StepImages {
  from: Image;
  /** The start configuration of the result: that of the image below, on which `from` may be based. */
  start: Image['config'];
  tag: string;
  /** Dockerfile instructions. */
  changes: string[];
  /** The hash of everything below the step. */
  below: string;
}

/**
 * Runs one step on an image and commits the result as `tag`. The step's files, variables and the host's certificates
 * lie in a volume that disappears with its container, so no layer and no history holds them. Package caches are volumes too.
 * @throws `build-failed`, `disk-full`, `cancelled`
 */
export async function runStep(
  step: Step,
  { from, start, tag, changes, below }: StepImages,
  context: StepContext,
  { report, signal }: CallContext,
): Promise<void> {
  const { engine } = context;
  signal.throwIfAborted();
  const spec = stepSpec(step, { from, below }, context);
  running.add(spec.name);
  let container: string | undefined;
  try {
    container = await engine.createContainer(spec);
    await refuseForeignVolumes(engine, spec.mounts);
    await engine.putFiles(container, stepFiles(step, context));
    await engine.startContainer(container);
    const secrets = secretsIn([
      ...Object.values(context.variables),
      ...context.hostFiles.map(({ content }) => content),
    ]);
    const lines = await follow(engine, container, { report, signal, secrets });
    const details = await engine.inspectContainer(container);
    if (details?.exitCode !== 0) throw stepFailed(step.from, lines, `exit code ${details?.exitCode}`);
    const comment = step.run.replaceAll('\\\n', '').replaceAll('\n', ' && ');
    await engine.commitContainer(container, {
      tag,
      // The build container belongs to this machine and this build.
      changes: [...changes, `LABEL ${LABEL.daemon}=""`, ...restoreStart(start, step.wrapper)],
      comment,
    });
  } catch (error) {
    throw signal.aborted ? new EzjError({ code: 'cancelled', message: 'Cancelled.', cause: error }) : error;
  } finally {
    if (container !== undefined) await engine.removeContainer(container);
    running.delete(spec.name);
  }
}

/**
 * The name of a package cache. What runs in a step can write to its caches: the programs of the layers below, and code
 * of packages. So steps share a cache only if they have the same layers below, and run no code of packages.
 */
function cacheName(cache: CacheName, { runsCode }: Step, below: string, { owner, labels }: StepContext): string {
  const sharing = digest([below, runsCode ? labels[LABEL.project] : null]);
  return `ezj-cache-${owner}-${cache}-${sharing.slice(0, 12)}`;
}

function stepSpec(
  step: Step,
  { from: { id, tags, config }, below }: Pick<StepImages, 'from' | 'below'>,
  context: StepContext,
) {
  const { info, owner, labels, pidsLimit } = context;
  const caches: Mount[] = step.caches.map((name) => ({
    type: 'volume',
    name: cacheName(name, step, below, context),
    target: CACHE_FOLDERS[name],
    labels: { [LABEL.owner]: owner, [LABEL.cache]: name },
  }));
  return {
    name: `${BUILD_CONTAINER}${randomBytes(6).toString('hex')}`,
    image: tags[0] ?? id,
    labels: { ...labels, [LABEL.owner]: owner, [LABEL.daemon]: processIdentity(process.pid) ?? '' },
    env: {},
    // A commit cannot remove an entry point, so a step without one in its image runs as the command.
    ...(config.entrypoint.length === 0 ? { cmd: START } : { entrypoint: START, cmd: [] }),
    user: '0:0',
    mounts: [{ type: 'volume' as const, target: BUILD_VOLUME, labels: {} }, ...caches],
    capabilities: CAPABILITIES.split(' '),
    init: false,
    noNewPrivileges: true,
    selinuxDisabled: info.selinux,
    pidsLimit,
    shmBytes: 64 * 2 ** 20,
  };
}

function stepFiles({ files, run }: Step, { variables, hostFiles }: StepContext): ContainerFile[] {
  const root = { uid: 0, gid: 0 };
  const exports = Object.entries(variables).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
  );
  // A volume hides the image's home folder: files there would be lost, or belong to root.
  // One stream, because the engine does not keep the order of two.
  const script = [
    'exec 2>&1',
    ...exports,
    'export HOME=/root DEBIAN_FRONTEND=noninteractive',
    `cd ${BUILD_FOLDER}`,
    'set -eu',
    run,
  ];
  const folders = new Set(files.flatMap(({ path: name }) => parents(name)));
  return [
    { path: BUILD_FOLDER, mode: 0o755, ...root },
    { path: OWN_FOLDER, mode: 0o700, ...root },
    { path: `${OWN_FOLDER}/step`, content: `${script.join('\n')}\n`, mode: 0o600, ...root },
    ...hostFiles.map((file) => ({ ...file, mode: 0o600, ...root })),
    ...[...folders].map((name) => ({ path: `${BUILD_FOLDER}/${name}`, mode: 0o755, ...root })),
    ...files.map(({ path: name, content }) => ({ path: `${BUILD_FOLDER}/${name}`, content, mode: 0o644, ...root })),
  ];
}

function parents(name: string): string[] {
  const parent = path.posix.dirname(name);
  return parent === '.' ? [] : [...parents(parent), parent];
}

/** Reports each line of a step's output, and returns the last lines at its end. */
async function follow(
  engine: Engine,
  container: string,
  { report, signal, secrets }: { report: Report; signal: AbortSignal; secrets: string[] },
): Promise<string[]> {
  const lines: string[] = [];
  const take = (raw: string) => {
    const line = withoutSecrets(safeText(raw.trimEnd().replace(/^.*\r/, '')), secrets);
    if (line === '') return;
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    report({ type: 'output', line });
  };
  const log = await engine.containerLogs(container, { follow: true, signal });
  for await (const line of readLines(log, { longest: LONGEST_LINE })) take(line);
  await engine.waitForExit(container, { signal });
  return lines;
}

/** Restores the start configuration, because a commit takes that of the container. */
function restoreStart({ entrypoint, cmd, user }: Image['config'], wrapper: string | undefined): string[] {
  const start = wrapper === undefined ? entrypoint : [...entrypoint, wrapper];
  return [
    ...(start.length === 0 ? [] : [`ENTRYPOINT ${JSON.stringify(start)}`]),
    `CMD ${JSON.stringify(cmd)}`,
    `USER ${user === '' ? 'root' : user}`,
  ];
}
