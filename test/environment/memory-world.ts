import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { prune } from '../../src/cleanup/prune.ts';
import { SharedWork } from '../../src/concurrency/shared-work.ts';
import type { Config } from '../../src/config/keys.ts';
import { openConfigStore } from '../../src/config/store.ts';
import type { DaemonContext } from '../../src/daemon/context.ts';
import { openEnvironmentRecords } from '../../src/environments/records.ts';
import * as ownImages from '../../src/images/own-images.ts';
import { openTrustStore } from '../../src/projects/trust-store.ts';
import type { ProgressEvent } from '../../src/protocol/events.ts';
import type { PruneReport, PruneRequest } from '../../src/protocol/image.ts';
import type { Session, SessionAccess, StartRequest, StopReport } from '../../src/protocol/session.ts';
import type { Opened } from '../../src/sessions/context.ts';
import { createDockerRuntime } from '../../src/sessions/docker/docker-runtime.ts';
import { openHomeUses } from '../../src/sessions/home-uses.ts';
import { releaseHostname } from '../../src/sessions/hostnames.ts';
import { Registry } from '../../src/sessions/registry.ts';
import { startSession, startSessionAgain } from '../../src/sessions/start-session.ts';
import { stopNamed } from '../../src/sessions/stop-session.ts';
import { type Gates, withGates } from './memory-engine/gates.ts';
import { createMemoryEngine, type MemoryEngine } from './memory-engine/memory-engine.ts';
import type { Process, Program, Programs } from './memory-engine/process.ts';

/** The image that sessions of these tests start from where they name no other. */
export const NOTEBOOK = 'ezj-test/notebook:1';

/** A user's sessions on an engine in memory: what the daemon does, without the daemon. */
export interface MemoryWorld {
  engine: MemoryEngine & Gates;
  owner: string;
  home: string;
  /** The folder that a start is about where it names none. */
  project: string;
  context: DaemonContext;
  /** What calls have reported so far. */
  events: ProgressEvent[];
  /** A new folder below the home folder. */
  folder(name: string): Promise<string>;
  /** An image whose containers run this. */
  image(program: Program): string;
  start(request?: Partial<StartRequest>, options?: { signal?: AbortSignal }): Promise<SessionAccess>;
  stop(name?: string, way?: { force?: boolean; discard?: boolean }): Promise<StopReport>;
  restart(name?: string): Promise<SessionAccess>;
  list(): Promise<Session[]>;
  prune(options?: Partial<PruneRequest>): Promise<PruneReport>;
  /** What of the user's is on the engine. */
  resources(): Promise<{ containers: string[]; volumes: string[]; images: string[] }>;
}

/** What is on the engine where nothing was started, or all was removed. */
export const NOTHING = { containers: [], volumes: [], images: [] };

let worlds = 0;

/** `engine`: that of another world, of which this one is another user. It ends with the test. */
export async function openWorld({
  config = {},
  engine = createWorldEngine(),
}: {
  config?: Partial<Config>;
  engine?: MemoryWorld['engine'];
} = {}): Promise<MemoryWorld> {
  // The tags are hashes of files that lie beside the bundle, not beside its sources.
  vi.spyOn(ownImages, 'ownImageTag').mockImplementation(async (name) => `ezj/${name}:0123456789ab`);
  const home = await mkdtemp(path.join(tmpdir(), 'ezj-world-'));
  const owner = `owner-${worlds++}`;
  const homeUses = openHomeUses(path.join(home, 'homes.json'), { warn: fail });
  const records = openEnvironmentRecords(path.join(home, 'environments.json'), { warn: fail });
  const info = await engine.info();
  const runtime = createDockerRuntime({ engine, info, owner, records });
  const registry = new Registry({ runtime, onLost: () => {}, onUse: homeUses.noteUse, onEnd: releaseHostname });
  onTestFinished(async () => {
    registry.close();
    for (const { id } of await engine.listContainers([])) await engine.removeContainer(id);
    await rm(home, { recursive: true, force: true });
  });
  const settings = { ...openConfigStore({ dir: home, warn: fail }).read(), ports: portsOfWorker(), ...config };
  const context: DaemonContext = {
    engine,
    info,
    runtime,
    owner,
    registry,
    config: settings,
    kinds: settings.kinds,
    records,
    homeUses,
    reserved: { names: new Set(), ports: new Set() },
    trust: openTrustStore({ dir: home }),
    launches: new SharedWork<Opened>(),
    stops: new SharedWork<StopReport>(),
  };
  return withVerbs(context, { home, project: await makeFolder(home, 'project') });
}

function withVerbs(context: DaemonContext, { home, project }: { home: string; project: string }): MemoryWorld {
  const { engine, owner, registry } = context;
  const events: ProgressEvent[] = [];
  const call = (signal = new AbortController().signal) => ({
    report: (event: ProgressEvent) => events.push(event),
    signal,
  });
  return {
    engine: engine as MemoryWorld['engine'],
    owner,
    home,
    project,
    context,
    events,
    folder: (name) => makeFolder(home, name),
    image: (program) => addImage(engine as MemoryEngine, program),
    start: (request, { signal } = {}) => startSession({ ...plainRequest(project), ...request }, context, call(signal)),
    stop: (name = 'project', { force = false, discard = false } = {}) => stopNamed(name, { force, discard }, context),
    restart: (name = 'project') => startSessionAgain(name, context, call()),
    list: () => registry.list(),
    prune: (options) => prune(context, { remove: false, volumes: false, caches: false, ...options }),
    async resources() {
      const label = [`ezj.owner=${owner}`];
      const [containers, volumes, images] = await Promise.all([
        engine.listContainers(label),
        engine.listVolumes(label),
        engine.listImages(label),
      ]);
      const lists = { containers: containers.map(({ id }) => id), volumes: volumes.map(({ name }) => name) };
      return { ...lists, images: images.map(({ id }) => id) };
    },
  };
}

function plainRequest(project: string): StartRequest {
  const user = { uid: 1234, gid: 1234 };
  const host = { proxy: {} };
  return { project, image: NOTEBOOK, refresh: 'never', readOnly: false, mounts: [], env: {}, user, host };
}

async function makeFolder(home: string, name: string): Promise<string> {
  const folder = path.join(home, name);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** A range that no other worker of this run has, and no other part of the tests. */
function portsOfWorker(): string {
  const first = 12_000 + (Number(process.env.VITEST_POOL_ID ?? 1) - 1) * 250;
  return `${first}-${first + 249}`;
}

function fail(text: string): never {
  throw new Error(text);
}

const servers = new Map<string, Program>([['notebook', serveNotebook]]);

const programs: Programs = ([name = '', ...rest]) => {
  if (name === 'sh') return rest[0] === '-c' && rest[3] !== undefined ? checkWriting : () => 0;
  return servers.get(name);
};

function createWorldEngine(): MemoryWorld['engine'] {
  const engine = withGates(createMemoryEngine({ programs }));
  addImage(engine, serveNotebook, NOTEBOOK);
  return engine;
}

function addImage(engine: MemoryEngine, program: Program, tag = `ezj-test/server-${servers.size}:1`): string {
  servers.set(tag, program);
  const config = { env: { PATH: '/bin' }, entrypoint: [], cmd: [tag], user: '', workdir: '', exposedPorts: [8888] };
  const passwd = { content: Buffer.from('root:x:0:0:root:/root:/bin/sh\n'), mode: 0o644, uid: 0, gid: 0 };
  engine.addImage({ tag, config, files: new Map([['/etc/passwd', passwd]]) });
  return tag;
}

/** Answers as Jupyter does: to whoever has the token. */
export async function serveNotebook({ env, serve, print, terminated }: Process): Promise<number> {
  const server = http.createServer(({ headers }, response) => {
    response.writeHead(headers.authorization === `token ${env.JUPYTER_TOKEN}` ? 200 : 403).end();
  });
  serve(8888, server);
  print('Serving notebooks\n');
  await terminated;
  return 0;
}

/** What ezj's first command proves in a project: a file can be made there, and belongs to the user. */
function checkWriting({ cmd, files, user, print }: Process): number {
  const file = cmd[4] ?? '';
  files.write(file, { content: '' });
  files.remove(file);
  print(`${user.split(':')[0]}\n`);
  return 0;
}

/** The status with which a session's server answers a call with the token of the URL. */
export async function askNotebook(url: string): Promise<number> {
  const token = new URL(url).searchParams.get('token');
  const answer = await fetch(new URL('/api/status', url), { headers: { authorization: `token ${token}` } });
  await answer.arrayBuffer();
  return answer.status;
}
