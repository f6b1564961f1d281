import { invalidOption } from './invalid-option.ts';

/**
 * The official Jupyter images by their short names, with the prefix of the tags that have CUDA where there are any, and whether they have R.
 * https://jupyter-docker-stacks.readthedocs.io/en/latest/using/selecting.html
 */
const STACKS: Record<string, { image: string; cuda?: string; r?: boolean }> = {
  minimal: { image: 'minimal-notebook' },
  scipy: { image: 'scipy-notebook' },
  datascience: { image: 'datascience-notebook', r: true },
  tensorflow: { image: 'tensorflow-notebook', cuda: 'cuda' },
  pytorch: { image: 'pytorch-notebook', cuda: 'cuda12' },
  pyspark: { image: 'pyspark-notebook' },
  'all-spark': { image: 'all-spark-notebook', r: true },
  julia: { image: 'julia-notebook' },
};

export const STACK_NAMES = Object.keys(STACKS);

/** `--stack`: the name of an official image. */
export function parseStack(value: string): string {
  if (Object.hasOwn(STACKS, value)) return value;
  throw invalidOption('--stack', value, STACK_NAMES.join(', '));
}

/** The image of a stack; with GPUs the one that has CUDA, where there is one. */
export function stackImage(stack: string, { gpus }: { gpus: boolean }): string {
  const { image, cuda } = STACKS[stack] ?? { image: stack };
  return `quay.io/jupyter/${image}${gpus && cuda ? `:${cuda}-latest` : ''}`;
}

/** Whether a stack has an image for GPUs. */
export function hasCuda(stack: string): boolean {
  return STACKS[stack]?.cuda !== undefined;
}

/** Whether a stack has the R kernel. */
export function hasR(stack: string): boolean {
  return STACKS[stack]?.r === true;
}
