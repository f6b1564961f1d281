import type { Engine, Image } from '../../engine/engine.ts';
import { LABEL, ownedBy } from '../../protocol/labels.ts';
import type { Step } from '../step.ts';
import { isEnvironmentTag, isLayerTag } from '../tags.ts';
import { digest, digestOfFile } from './layers.ts';

/** Each addition is a layer, of which an image can have some hundred, and leaves old versions below newer ones. */
const MOST_ADDITIONS = 10;

/** How a step's image is told from those of other steps, and what was it made of. */
export interface Increment {
  from: string;
  lines: string[];
}

/**
 * What a step can be added to: the step itself without its lines, and the lines. Options among them change what the others mean, so
 * they have to be the same. `below`: the hash of the layer under it.
 */
export function incrementOf({ run, files, additive }: Step, below: string): Increment | undefined {
  if (additive === undefined) return undefined;
  const options = additive.lines.filter((line) => line.startsWith('-'));
  const others = additive.lines.filter((line) => !line.startsWith('-'));
  const fixed = files.filter((file) => !additive.files.includes(file));
  return {
    from: digest([below, run, options, fixed.map(digestOfFile)]),
    lines: others.map((line) => digest(line).slice(0, 12)),
  };
}

/** Labels for the image of a step, of which the images on top of it must not inherit anything. */
export function incrementLabels(increment: Increment | undefined, additions: number): Record<string, string> {
  return {
    [LABEL.incrementOf]: increment?.from ?? '',
    [LABEL.incrementLines]: increment ? [additions, ...increment.lines].join(' ') : '',
  };
}

/**
 * The image with the most of a step's lines and no other, and how often it was added to. Labels are what they say only on images that
 * this owner has built here: on those that were `imported`, by their names, anybody may have written them.
 */
export async function findSmaller(
  engine: Engine,
  increment: Increment | undefined,
  { owner, imported }: { owner: string; imported: (tag: string) => boolean },
): Promise<{ image: Image; additions: number } | undefined> {
  if (increment === undefined) return undefined;
  const wanted = new Set(increment.lines);
  const images = await engine.listImages([`${LABEL.incrementOf}=${increment.from}`, ownedBy(owner)]);
  // What others make of such an image inherits its labels.
  const own = images.filter((image) => isOfStep(image) && !image.tags.some(imported));
  const found = own.map(({ id, labels }) => {
    const [additions, ...lines] = (labels[LABEL.incrementLines] ?? '').split(' ');
    return { id, additions: Number(additions), lines };
  });
  const fitting = found.filter(
    ({ lines, additions }) => additions < MOST_ADDITIONS && lines.every((line) => wanted.has(line)),
  );
  const [best] = fitting.sort((a, b) => b.lines.length - a.lines.length);
  const image = best && (await engine.inspectImage(best.id));
  return image && best && { image, additions: best.additions };
}

function isOfStep({ tags }: Image): boolean {
  return tags.some((tag) => isEnvironmentTag(tag) || isLayerTag(tag));
}
