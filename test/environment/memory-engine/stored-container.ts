import type { Container, ContainerDetails, ContainerSpec } from '../../../src/engine/engine.ts';
import type { ContainerFiles } from './container-files.ts';
import type { StoredImage } from './images.ts';
import { wholeSeconds } from './labels.ts';
import type { LogBuffer } from './log-buffer.ts';
import type { Ended, Running } from './process.ts';
import type { Listener, Published } from './published-ports.ts';
import type { StoredVolume } from './volumes.ts';

/** A container, with what is in it and what runs in it. */
export interface StoredContainer {
  id: string;
  spec: ContainerSpec;
  image: StoredImage;
  created: Date;
  state: Container['state'];
  labels: Record<string, string>;
  env: Record<string, string>;
  files: ContainerFiles;
  volumes: StoredVolume[];
  log: LogBuffer;
  /** What listens in it, by port. */
  listeners: Map<number, Listener>;
  published?: Published;
  running?: Running;
  /** Resolves when what runs in it has ended. */
  ended: Promise<void>;
  end: Ended & { error: string };
  startedAt?: Date;
}

/** As a list tells it. `imageNow`: what its image's name stands for by now. */
export function describe(container: StoredContainer, imageNow: StoredImage | undefined): Container {
  const { id, spec, image, labels, state, created } = container;
  const isRenamed = imageNow?.id !== image.id;
  return {
    id,
    name: spec.name,
    image: isRenamed ? image.id : spec.image,
    imageId: image.id,
    labels: { ...labels },
    state,
    created: wholeSeconds(created),
  };
}

/** As an inspect call tells it. */
export function inspect(container: StoredContainer): ContainerDetails {
  const { spec, image, created, env, end, published, startedAt } = container;
  return {
    ...describe(container, image),
    created: created.toISOString(),
    image: spec.image,
    env: { ...env },
    exitCode: end.exitCode,
    outOfMemory: end.outOfMemory,
    error: end.error,
    ports: { ...published?.ports },
    startedAt: startedAt?.toISOString() ?? '0001-01-01T00:00:00Z',
    pid: 0,
    binds: spec.mounts.flatMap((mount) =>
      mount.type === 'bind' ? [{ source: mount.source, target: mount.target }] : [],
    ),
  };
}
