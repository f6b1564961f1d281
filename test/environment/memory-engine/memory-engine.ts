import type { Engine, EngineInfo } from '../../../src/engine/engine.ts';
import { buildImage } from './build-image.ts';
import { Containers } from './containers.ts';
import { ContainerEvents } from './events.ts';
import { Execs } from './exec.ts';
import { SOURCE } from './failure.ts';
import { Images, type NewImage } from './images.ts';
import { NO_SETTINGS } from './instructions.ts';
import type { Programs } from './process.ts';
import { type RegistryContent, Transfers } from './registry.ts';
import { Volumes } from './volumes.ts';

/** An engine in this process, and what can be done to it behind the back of whoever uses it. */
export interface MemoryEngine extends Engine {
  /** What registries have. */
  registry: RegistryContent;
  /** An image that is there already. */
  addImage(image: Partial<NewImage> & { tag: string; belowTag?: string }): string;
  addVolume(volume: { name: string; labels: Record<string, string>; bytes?: number }): void;
  kill(id: string): Promise<void>;
  pause(id: string): void;
  unpause(id: string): void;
  /** Removes all networks, as `docker network prune` does where no container runs. */
  dropNetworks(): void;
  /** Writes a file in a container, as somebody in it would. */
  write(id: string, path: string, content: string): void;
  /** Ends the streams of events. */
  cutEvents(): void;
}

const INFO: EngineInfo = {
  product: 'docker',
  version: '20.10.24',
  source: SOURCE,
  host: 'memory:',
  os: 'none',
  architecture: 'x86_64',
  rootless: false,
  virtualMachine: false,
  selinux: false,
  cpus: 4,
  memoryBytes: 8 * 2 ** 30,
  dataDir: '/var/lib/docker',
  id: 'an-engine-in-memory',
};

/**
 * An engine that keeps everything in memory and runs programs that are functions. It passes the contract that the real one passes
 * (test/engine/contract), published ports and bind mounts are those of this machine, and its refusals are in the real one's words.
 */
export function createMemoryEngine({
  programs,
  info = {},
}: {
  programs: Programs;
  info?: Partial<EngineInfo>;
}): MemoryEngine {
  const about = { ...INFO, ...info };
  const registry: RegistryContent = new Map();
  const events = new ContainerEvents();
  const volumes: Volumes = new Volumes((name) =>
    idsWhere(({ volumes: used }) => used.some((each) => each.name === name)),
  );
  const images: Images = new Images((id) => idsWhere(({ image }) => image.id === id));
  const containers: Containers = new Containers({ info: about, images, volumes }, { programs, events });
  const idsWhere = (matches: (container: Containers['all'][number]) => boolean) =>
    containers.all.filter(matches).map(({ id }) => id);
  const transfers = new Transfers(images, registry);
  const execs = new Execs(containers, programs);

  return {
    registry,
    info: async () => about,
    ...bound(images, [
      'inspectImage',
      'listImages',
      'importImage',
      'saveImages',
      'loadImages',
      'removeImage',
      'tagImage',
    ]),
    ...bound(transfers, ['pullImage', 'pushImage']),
    buildImage: (request, options) => buildImage(images, request, options),
    ...bound(containers, ['listContainers', 'inspectContainer', 'createContainer', 'startContainer', 'stopContainer']),
    ...bound(containers, ['removeContainer', 'waitForExit', 'containerLogs', 'putFiles', 'readFile', 'changedPaths']),
    ...bound(containers, ['watchChanges', 'commitContainer', 'kill', 'pause', 'unpause']),
    ...bound(execs, ['exec', 'execInteractive']),
    ...bound(volumes, ['listVolumes', 'removeVolume']),
    ...bound(containers, ['ensureSeparatingNetwork', 'rejoinNetwork', 'removeUnusedNetwork', 'dropNetworks']),
    ...bound(events, ['events']),
    addImage: ({ belowTag, ...image }) => {
      const below = belowTag === undefined ? undefined : images.find(belowTag);
      return images.make({ ...NO_SETTINGS, files: new Map(), layer: image.tag, below, ...image }).id;
    },
    addVolume: ({ name, labels, bytes = 0 }) => {
      const content = new Map([['/content', { content: Buffer.alloc(bytes), mode: 0o644, uid: 0, gid: 0 }]]);
      volumes.ensure({ name, labels, content });
    },
    write: (id, path, content) => containers.need(id, `write ${path}`).files.write(path, { content }),
    cutEvents: () => events.cut(),
  };
}

/** Methods of an object, to be called without it. */
function bound<Whole extends object, Name extends keyof Whole>(whole: Whole, names: Name[]): Pick<Whole, Name> {
  const methods = names.map((name) => [name, (whole[name] as (...args: unknown[]) => unknown).bind(whole)]);
  return Object.fromEntries(methods) as Pick<Whole, Name>;
}
