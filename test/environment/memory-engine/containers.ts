import type { Readable } from 'node:stream';
import type {
  ChangeWatch,
  Container,
  ContainerDetails,
  ContainerFile,
  ContainerSpec,
  Engine,
} from '../../../src/engine/engine.ts';
import { cancelled } from '../../../src/engine/engine-call.ts';
import { makeContainer, type Surroundings } from './create-container.ts';
import type { ContainerEvents } from './events.ts';
import { refusal } from './failure.ts';
import { hasLabels } from './labels.ts';
import type { Programs } from './process.ts';
import { endRun, startRun } from './run-container.ts';
import { describe, inspect, type StoredContainer } from './stored-container.ts';

type Part =
  | 'listContainers'
  | 'inspectContainer'
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'waitForExit'
  | 'containerLogs'
  | 'putFiles'
  | 'readFile'
  | 'changedPaths'
  | 'watchChanges'
  | 'commitContainer';

/** The containers of an engine. */
export class Containers implements Pick<Engine, Part> {
  readonly #containers = new Map<string, StoredContainer>();
  readonly #surroundings: Omit<Surroundings, 'named'>;
  readonly #networks = new Set<string>();
  /** Containers whose network was removed. */
  readonly #separated = new Set<string>();
  readonly #programs: Programs;
  readonly #events: ContainerEvents;

  constructor(
    surroundings: Omit<Surroundings, 'named'>,
    { programs, events }: { programs: Programs; events: ContainerEvents },
  ) {
    this.#surroundings = surroundings;
    this.#programs = programs;
    this.#events = events;
  }

  get all(): StoredContainer[] {
    return [...this.#containers.values()];
  }

  /** By id, the beginning of one, or name. */
  find(id: string): StoredContainer | undefined {
    return this.all.find((each) => each.spec.name === id || (id.length >= 12 && each.id.startsWith(id)));
  }

  /** @throws where there is none */
  need(id: string, what: string): StoredContainer {
    const container = this.find(id);
    if (container) return container;
    throw refusal(what, { status: 404, words: `No such container: ${id}` });
  }

  emit(container: StoredContainer, action: Parameters<ContainerEvents['emit']>[0]['action']): void {
    const { id, labels, spec } = container;
    this.#events.emit({ action, container: id, labels: { ...labels, image: spec.image, name: spec.name } });
  }

  async listContainers(labels: string[], { sizes = false }: { sizes?: boolean } = {}): Promise<Container[]> {
    const found = this.all.filter((container) => hasLabels(container.labels, labels));
    return found.map((container) => ({
      ...describe(container, this.#surroundings.images.find(container.spec.image)),
      ...(sizes ? { bytes: container.files.bytes } : {}),
    }));
  }

  async inspectContainer(id: string): Promise<ContainerDetails | undefined> {
    const container = this.find(id);
    return container && inspect(container);
  }

  async createContainer(spec: ContainerSpec): Promise<string> {
    const named = (name: string) => this.all.find((each) => each.spec.name === name);
    const container = makeContainer(spec, { ...this.#surroundings, named });
    this.#containers.set(container.id, container);
    this.emit(container, 'create');
    return container.id;
  }

  async startContainer(id: string): Promise<void> {
    const what = `start the container ${id}`;
    const container = this.need(id, what);
    if (container.running) return;
    const { network } = container.spec;
    if (network !== undefined && (this.#separated.has(id) || !this.#networks.has(network)))
      throw refusal(what, { status: 404, words: `network ${network} not found` });
    await startRun(container, { what, programs: this.#programs, tell: (action) => this.emit(container, action) });
  }

  async ensureSeparatingNetwork(name: string): Promise<void> {
    this.#networks.add(name);
  }

  async rejoinNetwork(id: string): Promise<void> {
    this.#separated.delete(id);
  }

  async removeUnusedNetwork(name: string): Promise<void> {
    if (!this.all.some(({ spec }) => spec.network === name)) this.#networks.delete(name);
  }

  dropNetworks(): void {
    // A network of the same name is another one.
    for (const { id } of this.all) this.#separated.add(id);
    this.#networks.clear();
  }

  async stopContainer(id: string, { graceMs }: { graceMs: number }): Promise<void> {
    const container = this.find(id);
    if (container) await endRun(container, graceMs);
  }

  async removeContainer(id: string, { force = true }: { force?: boolean } = {}): Promise<void> {
    const container = this.find(id);
    if (!container) return;
    if (container.running && !force) {
      const words = `You cannot remove a running container ${container.id}. Stop the container before attempting removal or force remove`;
      throw refusal(`remove the container ${id}`, { status: 409, words });
    }
    await endRun(container, 0);
    if (!this.#containers.delete(container.id)) return;
    for (const { name, anonymous } of container.volumes)
      if (anonymous) await this.#surroundings.volumes.removeVolume(name);
    this.emit(container, 'destroy');
  }

  async kill(id: string): Promise<void> {
    await endRun(this.need(id, `kill the container ${id}`), 0);
  }

  pause(id: string): void {
    const container = this.need(id, `pause the container ${id}`);
    container.state = 'paused';
    this.emit(container, 'pause');
  }

  unpause(id: string): void {
    const container = this.need(id, `unpause the container ${id}`);
    container.state = 'running';
    this.emit(container, 'unpause');
  }

  async waitForExit(id: string, { signal }: { signal: AbortSignal }): Promise<void> {
    const { promise, reject } = rejectOn(signal, `wait for the container ${id}`);
    try {
      await Promise.race([this.find(id)?.ended, promise]);
    } finally {
      signal.removeEventListener('abort', reject);
    }
  }

  async containerLogs(
    id: string,
    { tail, follow = false, signal }: Parameters<Engine['containerLogs']>[1],
  ): Promise<Readable> {
    const what = `read the log of the container ${id}`;
    if (signal?.aborted) throw cancelled(what);
    const { log, running } = this.need(id, what);
    return log.read(what, { tail, live: follow && running !== undefined, signal });
  }

  async putFiles(id: string, files: ContainerFile[]): Promise<void> {
    const container = this.need(id, `write files into the container ${id}`);
    for (const { path, ...node } of files) container.files.write(path, node);
  }

  async readFile(id: string, path: string): Promise<Buffer | undefined> {
    return this.find(id)?.files.read(path);
  }

  async changedPaths(id: string): Promise<string[]> {
    return this.need(id, `compare the container ${id} with its image`).files.changedPaths;
  }

  async watchChanges(id: string): Promise<ChangeWatch | undefined> {
    const container = this.find(id);
    if (!container?.running || container.volumes.some(({ anonymous }) => anonymous)) return undefined;
    return { changedPaths: async () => (container.running ? undefined : container.files.changedPaths) };
  }

  async commitContainer(id: string, { tag, changes }: Parameters<Engine['commitContainer']>[1]): Promise<void> {
    const { spec, image, labels, env, files } = this.need(id, `make the image ${tag}`);
    const {
      entrypoint = image.config.entrypoint,
      cmd = image.config.cmd,
      user = '',
      workdir = image.config.workdir,
    } = spec;
    const config = { ...image.config, env, entrypoint, cmd, user, workdir };
    this.#surroundings.images.commit({ config, labels, volumes: image.volumes }, changes, {
      tag,
      files: files.merged,
      layer: `${id} ${tag}`,
      layerBytes: files.bytes,
      below: image,
    });
  }
}

function rejectOn(signal: AbortSignal, what: string): { promise: Promise<never>; reject: () => void } {
  let reject = () => {};
  const promise = new Promise<never>((_, fail) => {
    reject = () => fail(cancelled(what));
  });
  if (signal.aborted) reject();
  signal.addEventListener('abort', reject, { once: true });
  return { promise, reject };
}
