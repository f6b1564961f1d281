import type { Engine, Image } from '../../engine/engine.ts';
import { LABEL, ownedBy } from '../../protocol/labels.ts';
import type { Step } from '../step.ts';
import { isEnvironmentTag, isLayerTag } from '../tags.ts';
import { digest, digestOfFile } from './layers.ts';

/** Each addition is a layer and keeps old versions below new ones, and an image can have only about a hundred layers. */
const MOST_ADDITIONS = 10;

/** The identity of a step's image, and the lines that it was made from. */
export interface Increment {
  from: string;
  lines: string[];
}

/**
 * The key for incremental builds: the step without its lines, and the lines. Options change the meaning of other lines, so
 * they must be equal. `below`: the hash of the layer under it.
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

/** Labels for the image of a step. Images on top of it must not inherit them. */
export function incrementLabels(increment: Increment | undefined, additions: number): Record<string, string> {
  return {
    [LABEL.incrementOf]: increment?.from ?? '',
    [LABEL.incrementLines]: increment ? [additions, ...increment.lines].join(' ') : '',
  };
}

/**
 * The image with the most of a step's lines and no others, and the number of its additions. Labels are trustworthy only on images that
 * this owner built here: anybody may have written those of the images in `imported`.
 */
export async function findSmaller(
  engine: Engine,
  increment: Increment | undefined,
  { owner, imported }: { owner: string; imported: (tag: string) => boolean },
): Promise<{ image: Image; additions: number } | undefined> {
  if (increment === undefined) return undefined;
  const wanted = new Set(increment.lines);
  const images = await engine.listImages([`${LABEL.incrementOf}=${increment.from}`, ownedBy(owner)]);
  // Images that others build on such an image inherit its labels.
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
