import { parseSize } from '../../protocol/sizes.ts';
import { invalidOption } from './invalid-option.ts';

/** A parser for the sizes of `--memory` and `--shm-size`: `512m`, `4g`, `4GiB`, in powers of 1024 as docker takes them. */
export function sizeParser(option: string, leastBytes: number): (value: string) => number {
  return (value) => {
    const bytes = parseSize(value);
    if (bytes !== undefined && bytes >= leastBytes) return bytes;
    throw invalidOption(option, value, `a size of at least ${leastBytes / 2 ** 20}m, such as 512m, 4g or 4GiB`);
  };
}
