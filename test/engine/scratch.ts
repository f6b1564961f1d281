import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { createDockerEngine } from '../../src/engine/docker-engine.ts';
import type { ContainerSpec, Engine } from '../../src/engine/engine.ts';
import { createMemoryEngine } from '../environment/memory-engine/memory-engine.ts';
import { uniqueName } from '../environment/run-id.ts';
import { SLEEP, testPrograms } from './scripts.ts';

const HOST = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
// Debian's `busybox-static`: one binary that needs no libraries, so an image of it needs no registry.
const BUSYBOX = process.env.EZJ_TEST_BUSYBOX ?? '/bin/busybox';
const LINKS = [
  'sh',
  'cat',
  'echo',
  'head',
  'id',
  'ls',
  'mkdir',
  'printf',
  'rm',
  'seq',
  'sleep',
  'stat',
  'stty',
  'touch',
  'true',
];

/** The engine under test, a tiny image in it, and names of this test file's own, all of which `clean` removes. */
export interface Scratch {
  engine: Engine;
  host: string;
  image: string;
  label: string;
  /** The tar of the image's files. */
  rootfs(): Readable;
  /** A name that nobody else uses. */
  name(): string;
  /** An empty folder on this machine. */
  folder(): Promise<string>;
  /** A container's description, of which a test names only what it is about. */
  spec(changes?: Partial<ContainerSpec>): ContainerSpec;
  /** A container that runs a command, or a script in a shell, started. */
  run(command: string[] | string, changes?: Partial<ContainerSpec>): Promise<string>;
  /** What a container has printed at its end. */
  output(container: string): Promise<string>;
  clean(): Promise<void>;
}

/** The engines that keep the contract of `Engine`, and how a test gets each. */
export const ENGINES = [
  { name: 'docker', open: () => openScratch() },
  { name: 'in memory', open: () => openScratch(createMemoryEngine({ programs: testPrograms })) },
];

/** On the real engine where no other is given. */
export async function openScratch(
  engine: Engine = createDockerEngine({ host: HOST, source: 'the test' }),
): Promise<Scratch> {
  const id = uniqueName();
  const label = `ezj-test=${id}`;
  const image = `ezj-test-${id}:1`;
  const folders: string[] = [];
  let names = 0;
  await engine.importImage(Readable.from(busyboxRoot()), {
    tag: image,
    changes: [`LABEL ${label}`, 'ENV PATH=/bin', 'WORKDIR /start', 'EXPOSE 8888'],
    signal: AbortSignal.timeout(60_000),
  });

  const scratch: Scratch = {
    engine,
    host: HOST,
    image,
    label,
    rootfs: () => Readable.from(busyboxRoot()),
    name: () => `ezj-test-${id}-${names++}`,
    async folder() {
      const folder = await mkdtemp(join(tmpdir(), 'ezj-test-'));
      folders.push(folder);
      return folder;
    },
    spec: (changes = {}) => ({
      name: scratch.name(),
      image,
      labels: { 'ezj-test': id },
      env: {},
      cmd: SLEEP,
      mounts: [],
      publish: { containerPort: 8888, address: '127.0.0.1', port: 0 },
      capabilities: [],
      init: true,
      noNewPrivileges: true,
      selinuxDisabled: false,
      pidsLimit: 100,
      shmBytes: 1 << 20,
      ...changes,
    }),
    async run(command, changes = {}) {
      const cmd = typeof command === 'string' ? ['sh', '-c', command] : command;
      const container = await engine.createContainer(scratch.spec({ cmd, ...changes }));
      await engine.startContainer(container);
      return container;
    },
    async output(container) {
      await engine.waitForExit(container, { signal: AbortSignal.timeout(20_000) });
      return text(await engine.containerLogs(container, {}));
    },
    async clean() {
      for (const container of await engine.listContainers([label])) await engine.removeContainer(container.id);
      for (const volume of await engine.listVolumes([label])) await engine.removeVolume(volume.name);
      // By each of its names: the first alone would leave the image under the others.
      for (const { tags, id: imageId } of await engine.listImages([label]))
        for (const name of tags.length > 0 ? tags : [imageId]) await engine.removeImage(name);
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
  return scratch;
}

function busyboxRoot() {
  const root = pack();
  // Older than any container of it.
  const mtime = new Date(0);
  for (const folder of ['bin/', 'tmp/', 'etc/', 'start/'])
    root.entry({ name: folder, type: 'directory', mode: 0o755, mtime });
  root.entry({ name: 'bin/busybox', mode: 0o755, mtime }, readFileSync(BUSYBOX));
  for (const link of LINKS) root.entry({ name: `bin/${link}`, type: 'symlink', linkname: 'busybox', mtime });
  root.entry({ name: 'etc/passwd' }, 'root:x:0:0:root:/:/bin/sh\n');
  root.finalize();
  return root;
}
