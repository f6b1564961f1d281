import type { Engine } from '../../../src/engine/engine.ts';
import { cancelled } from '../../../src/engine/engine-call.ts';
import { parseImageReference } from '../../../src/engine/image-reference.ts';
import { EzjError } from '../../../src/protocol/errors.ts';
import type { Images, NewImage } from './images.ts';

/** What registries have, by name. A host of which nothing is known does not answer. */
export type RegistryContent = Map<string, Omit<NewImage, 'tag'>>;

/** Pulls and pushes, from and to registries that are a table. */
export class Transfers implements Pick<Engine, 'pullImage' | 'pushImage'> {
  readonly #images: Images;
  readonly #content: RegistryContent;

  constructor(images: Images, content: RegistryContent) {
    this.#images = images;
    this.#content = content;
  }

  async pullImage(reference: string, { report, signal }: Parameters<Engine['pullImage']>[1]): Promise<void> {
    if (signal.aborted) throw cancelled(`pull ${reference}`);
    const { familiar, registry } = parseImageReference(reference);
    const image = this.#content.get(familiar);
    if (!image) throw this.#missing(familiar, registry);
    report({
      type: 'layer',
      id: 'layer',
      phase: 'done',
      currentBytes: image.layerBytes ?? 0,
      totalBytes: image.layerBytes ?? 0,
    });
    this.#images.make({ ...image, tag: familiar });
  }

  async pushImage(reference: string, { signal }: Parameters<Engine['pushImage']>[1]): Promise<string> {
    if (signal.aborted) throw cancelled(`push ${reference}`);
    const image = this.#images.find(reference);
    const { familiar } = parseImageReference(reference);
    if (!image) throw new EzjError({ code: 'image-not-found', message: `There is no image ${familiar}.` });
    const { files, labels, config, volumes, layers, bytes } = image;
    this.#content.set(familiar, { files, labels, config, volumes, layer: layers.join(' '), layerBytes: bytes });
    return image.id;
  }

  #missing(name: string, host: string): EzjError {
    const answers = [...this.#content.keys()].some((known) => parseImageReference(known).registry === host);
    if (answers) return new EzjError({ code: 'image-not-found', message: `${host} has no image ${name}.` });
    return new EzjError({ code: 'registry-unreachable', message: `The registry ${host} of ${name} does not answer.` });
  }
}
