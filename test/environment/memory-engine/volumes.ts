import { randomBytes } from 'node:crypto';
import type { Engine, Volume } from '../../../src/engine/engine.ts';
import { refusal } from './failure.ts';
import { bytesOf, type FileTree } from './file-tree.ts';
import { hasLabels } from './labels.ts';

/** A volume, with what is in it. */
export interface StoredVolume {
  name: string;
  labels: Record<string, string>;
  created: Date;
  files: FileTree;
  /** Made without a name: it goes with its container. */
  anonymous: boolean;
  /** Something was written to it since it was made. */
  changed: boolean;
}

/** The volumes of an engine. `usersOf` gives the containers that mount one, running or not. */
export class Volumes implements Pick<Engine, 'listVolumes' | 'removeVolume'> {
  readonly #volumes = new Map<string, StoredVolume>();
  readonly #usersOf: (name: string) => string[];

  constructor(usersOf: (name: string) => string[]) {
    this.#usersOf = usersOf;
  }

  /** The volume of this name; a new one, with what the image has at its place, where there is none. */
  ensure({
    name,
    labels,
    content,
  }: {
    name?: string;
    labels: Record<string, string>;
    content: FileTree;
  }): StoredVolume {
    const existing = name === undefined ? undefined : this.#volumes.get(name);
    if (existing) return existing;
    const volume = {
      name: name ?? randomBytes(32).toString('hex'),
      labels,
      created: new Date(),
      files: new Map(content),
      anonymous: name === undefined,
      changed: false,
    };
    this.#volumes.set(volume.name, volume);
    return volume;
  }

  async listVolumes(labels: string[], { sizes = false }: { sizes?: boolean } = {}): Promise<Volume[]> {
    const found = [...this.#volumes.values()].filter((volume) => hasLabels(volume.labels, labels));
    return found.map(({ name, labels: own, created, files }) => ({
      name,
      labels: own,
      created: created.toISOString().replace(/\.\d+Z$/, 'Z'),
      ...(sizes ? { bytes: bytesOf(files) } : {}),
    }));
  }

  async removeVolume(name: string): Promise<void> {
    const users = this.#usersOf(name);
    if (users.length > 0 && this.#volumes.has(name)) {
      const words = `remove ${name}: volume is in use - [${users.join(', ')}]`;
      throw refusal(`remove the volume ${name}`, { status: 409, words });
    }
    this.#volumes.delete(name);
  }
}
