import { invalidOption } from './invalid-option.ts';

/** Host and port, path in lower case, tag, digest. */
const REFERENCE =
  /^(([A-Za-z\d][\w.-]*|\[[\dA-Fa-f:]+\])(:\d+)?\/)?[a-z\d]+((\.|__?|-+|\/)[a-z\d]+)*(:\w[\w.-]{0,127})?(@[a-z\d]+:[\da-f]{32,})?$/;

/**
 * `--image`: the form of an image's name, in short; the engine knows the rest.
 * @see https://github.com/distribution/reference/blob/main/reference.go
 */
export function parseImage(value: string): string {
  if (REFERENCE.test(value)) return value;
  throw invalidOption('--image', value, 'an image reference, such as quay.io/jupyter/scipy-notebook:latest');
}
