import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { refusedCpus } from '../../../src/engine/create-container.ts';
import type { ContainerSpec, EngineInfo } from '../../../src/engine/engine.ts';
import { ContainerFiles, type Mounted } from './container-files.ts';
import { refusal } from './failure.ts';
import { below } from './file-tree.ts';
import type { Images, StoredImage } from './images.ts';
import { LogBuffer } from './log-buffer.ts';
import type { StoredContainer } from './stored-container.ts';
import type { Volumes } from './volumes.ts';

/** What a new container is checked against and made of. */
export interface Surroundings {
  info: EngineInfo;
  images: Images;
  volumes: Volumes;
  /** The container that has a name. */
  named(name: string): StoredContainer | undefined;
}

/** A new container that does not run yet. Nothing is made where the spec is refused. */
export function makeContainer(spec: ContainerSpec, { info, images, volumes, named }: Surroundings): StoredContainer {
  const refuse = (status: number, words: string) =>
    refusal(`create the container ${spec.name}`, {
      status,
      words,
      codes: { 404: 'image-not-found', 409: 'name-taken' },
    });
  refuseCpus(spec, info);
  const image = images.find(spec.image);
  if (!image) throw refuse(404, `No such image: ${spec.image}`);
  const holder = named(spec.name);
  if (holder)
    throw refuse(409, `Conflict. The container name "/${spec.name}" is already in use by container "${holder.id}".`);
  for (const mount of spec.mounts) {
    if (mount.type !== 'bind' || existsSync(mount.source)) continue;
    throw refuse(400, `invalid mount config for type "bind": bind source path does not exist: ${mount.source}`);
  }
  const mounts = mountsOf(spec, image, volumes);
  return {
    id: randomBytes(32).toString('hex'),
    spec,
    image,
    created: new Date(),
    state: 'created',
    labels: { ...image.labels, ...spec.labels },
    env: { ...image.config.env, ...spec.env },
    files: new ContainerFiles(image.files, mounts),
    volumes: mounts.flatMap((mount) => (mount.type === 'volume' ? [mount.volume] : [])),
    log: new LogBuffer(),
    listeners: new Map(),
    ended: Promise.resolve(),
    end: { exitCode: 0, outOfMemory: false, error: '' },
  };
}

function refuseCpus({ cpus: wanted }: ContainerSpec, { cpus }: EngineInfo): void {
  if (wanted !== undefined && wanted > cpus) throw refusedCpus(wanted, { cpus });
}

/** Its own mounts, and the anonymous volumes that the image asks for where nothing else is mounted. */
function mountsOf({ mounts }: ContainerSpec, image: StoredImage, volumes: Volumes): Mounted[] {
  const own = mounts.map((mount): Mounted => {
    if (mount.type === 'bind') return mount;
    const { name, target, labels } = mount;
    return { type: 'volume', target, volume: volumes.ensure({ name, labels, content: below(image.files, target) }) };
  });
  const unmounted = image.volumes.filter((target) => !mounts.some((mount) => mount.target === target));
  const anonymous = unmounted.map((target): Mounted => {
    const volume = volumes.ensure({ labels: {}, content: below(image.files, target) });
    return { type: 'volume', target, volume };
  });
  return [...own, ...anonymous];
}
