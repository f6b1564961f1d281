import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Engine, Image } from '../../../src/engine/engine.ts';
import { cancelled } from '../../../src/engine/engine-call.ts';
import { checkImageReference, parseImageReference } from '../../../src/engine/image-reference.ts';
import type { ErrorCode } from '../../../src/protocol/errors.ts';
import { refusal } from './failure.ts';
import { bytesOf, type FileTree } from './file-tree.ts';
import { type Archived, readArchive, readRootfs, writeArchive } from './image-archive.ts';
import { applyInstructions, NO_SETTINGS, type Settings } from './instructions.ts';
import { hasLabels, wholeSeconds } from './labels.ts';

/** An image, with what is in it. */
export interface StoredImage extends Settings {
  id: string;
  tags: string[];
  digests: string[];
  created: Date;
  layers: string[];
  bytes: number;
  files: FileTree;
  /** The image that it was committed or built on, here. */
  parent?: string;
}

/** What a new image is made of. `layer`: what its own layer is known by; missing where it has none. */
export interface NewImage extends Settings {
  tag: string;
  files: FileTree;
  layer?: string;
  layerBytes?: number;
  below?: StoredImage;
  created?: Date;
}

type Part = 'inspectImage' | 'listImages' | 'importImage' | 'saveImages' | 'loadImages' | 'removeImage' | 'tagImage';

/** The images of an engine. `usersOf` gives the containers of an image, running or not. */
export class Images implements Pick<Engine, Part> {
  readonly #images = new Map<string, StoredImage>();
  readonly #usersOf: (imageId: string) => string[];
  #made = 0;

  constructor(usersOf: (imageId: string) => string[]) {
    this.#usersOf = usersOf;
  }

  /** By a name, a digest, an id, or the beginning of one. */
  find(reference: string): StoredImage | undefined {
    const all = [...this.#images.values()];
    const id = checkImageReference(reference).replace(/^sha256:/, '');
    if (/^[0-9a-f]{12,64}$/.test(id)) return all.find((image) => image.id.startsWith(`sha256:${id}`));
    const name = parseImageReference(reference).familiar;
    return all.find(({ tags, digests }) => tags.includes(name) || digests.includes(name));
  }

  /** Makes an image, whose tag is taken from another one that has it. */
  make({ tag, files, layer, layerBytes, below, created = new Date(), ...settings }: NewImage): StoredImage {
    const layers = [...(below?.layers ?? []), ...(layer === undefined ? [] : [digestOf(layer)])];
    const id = digestOf(`${this.#made++} ${layers} ${JSON.stringify(settings)}`);
    const bytes = (below?.bytes ?? 0) + (layerBytes ?? bytesOf(files));
    const image = { id, tags: [], digests: [], created, layers, bytes, files, parent: below?.id, ...settings };
    this.#images.set(id, image);
    this.#name(image, tag);
    return image;
  }

  /** Makes the image of a container, or of another one's settings changed by instructions. */
  commit(settings: Settings, instructions: string[], image: Omit<NewImage, keyof Settings>): StoredImage {
    return this.make({ ...image, ...applyInstructions(settings, instructions) });
  }

  async inspectImage(reference: string): Promise<Image | undefined> {
    const image = this.find(reference);
    return image && { ...listed(image), created: image.created.toISOString(), ...detailsOf(image) };
  }

  async listImages(labels: string[]): Promise<Image[]> {
    const all = [...this.#images.values()];
    const shown = all.filter(({ id, tags }) => tags.length > 0 || !all.some(({ parent }) => parent === id));
    return shown.filter((image) => hasLabels(image.labels, labels)).map(listed);
  }

  async importImage(
    rootfs: Readable,
    { tag, changes, signal }: { tag: string; changes: string[]; signal: AbortSignal },
  ): Promise<void> {
    const { files, digest } = await readRootfs(rootfs);
    if (signal.aborted) throw cancelled(`import the image ${tag}`);
    this.make({ tag, files, layer: digest, ...applyInstructions(NO_SETTINGS, changes) });
  }

  async saveImages(references: string[]): Promise<Readable> {
    const images = references.map((reference) => this.#need(reference, `read the image ${reference}`, {}));
    const entries = images.map((image, i): Archived => ({ ...image, tags: [references[i] ?? ''] }));
    return writeArchive(entries);
  }

  async loadImages(tar: Readable, { signal }: { signal: AbortSignal }): Promise<void> {
    const what = 'load the images';
    const archived = await readArchive(tar).catch((error: Error) => {
      throw refusal(what, { status: 500, words: error.message });
    });
    if (signal.aborted) throw cancelled(what);
    for (const { tags, ...image } of archived) {
      const stored = this.#images.get(image.id) ?? { ...image, tags: [] };
      this.#images.set(image.id, stored);
      for (const tag of tags) this.#name(stored, tag);
    }
  }

  async removeImage(reference: string): Promise<void> {
    const image = this.find(reference);
    if (!image) return;
    const byId = image.id.startsWith(`sha256:${reference.replace(/^sha256:/, '')}`);
    const refuse = (words: string) =>
      refusal(`remove the image ${reference}`, { status: 409, words: `conflict: ${words}` });
    if (byId && image.tags.length > 1)
      throw refuse(`unable to delete ${reference} (must be forced) - image is referenced in multiple repositories`);
    const name = byId ? undefined : parseImageReference(reference).familiar;
    if (name !== undefined && image.tags.length + image.digests.length > 1) {
      image.tags = image.tags.filter((tag) => tag !== name);
      image.digests = image.digests.filter((digest) => digest !== name);
      return;
    }
    const [user] = this.#usersOf(image.id);
    if (user)
      throw refuse(`unable to remove repository reference "${reference}" (must force) - container ${user} is using it`);
    image.tags = [];
    this.#removeUnneeded(image);
  }

  async tagImage(reference: string, tag: string): Promise<void> {
    this.#name(this.#need(reference, `name the image ${reference} ${tag}`), tag);
  }

  #need(
    reference: string,
    what: string,
    codes: Partial<Record<number, ErrorCode>> = { 404: 'image-not-found' },
  ): StoredImage {
    const image = this.find(reference);
    if (image) return image;
    throw refusal(what, { status: 404, words: `No such image: ${reference}`, codes });
  }

  #name(image: StoredImage, name: string): void {
    const tag = parseImageReference(name).familiar;
    for (const other of this.#images.values()) other.tags = other.tags.filter((each) => each !== tag);
    image.tags = [...image.tags, tag];
  }

  /** One that others stand on stays without a name, and goes with the last of them. */
  #removeUnneeded({ id, tags, parent }: StoredImage): void {
    const isNeeded = tags.length > 0 || [...this.#images.values()].some((other) => other.parent === id);
    if (isNeeded || this.#usersOf(id).length > 0) return;
    this.#images.delete(id);
    const below = parent === undefined ? undefined : this.#images.get(parent);
    if (below) this.#removeUnneeded(below);
  }
}

function listed({ id, tags, digests, labels, bytes, created }: StoredImage): Image {
  const { config } = NO_SETTINGS;
  const lists = { tags: [...tags], digests: [...digests] };
  return { id, ...lists, labels, bytes, created: wholeSeconds(created), platform: '', layers: [], config };
}

function detailsOf({ layers, config }: StoredImage): Partial<Image> {
  return { platform: 'linux/amd64', layers: [...layers], config };
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
