import { parseSize } from '../../protocol/sizes.ts';
import { invalidOption } from './invalid-option.ts';

/** `--port`: 1 to 65535. */
export function parsePort(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw invalidOption('--port', value, 'a number from 1 to 65535; without --port a free one is found');
}

/** `--name`: a host label of 1 to 40 characters. */
export function parseName(value: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(value)) return value;
  throw invalidOption('--name', value, '1 to 40 of a-z, 0-9 and "-", with no "-" at either end');
}

/** `--kind`: the form of a kind's name; the daemon knows which there are. */
export function parseKind(value: string): string {
  if (/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/.test(value)) return value;
  throw invalidOption('--kind', value, 'the name of a kind, such as python, r or rstudio; `ezj kinds` lists them');
}

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

/** `--r-version`: a version of R, as rocker tags its images. */
export function parseRVersion(value: string): string {
  if (/^\d+(\.\d+){0,2}$|^(latest|devel)$/.test(value)) return value;
  throw invalidOption('--r-version', value, 'a version of R, such as 4.5 or 4.5.1');
}

/** `--cpus`: a number above 0, parts of a CPU included. */
export function parseCpus(value: string): number {
  const cpus = /^(\d+(\.\d+)?|\.\d+)$/.test(value) ? Number(value) : 0;
  // Less than a hundredth of a CPU is below the scheduler's period: the engine would refuse it with its own words.
  if (cpus < 0.01 || cpus > 100_000) throw invalidOption('--cpus', value, 'a number from 0.01 on, such as 2 or 0.5');
  return cpus;
}

/** `--gpus`: `all`, or how many. */
export function parseGpus(value: string): 'all' | number {
  if (value === 'all') return 'all';
  if (/^[1-9]\d{0,2}$/.test(value)) return Number(value);
  throw invalidOption('--gpus', value, '"all", or a number from 1 on');
}

/** A parser for the sizes of `--memory` and `--shm-size`: `512m`, `4g`, `4GiB`, in powers of 1024 as docker takes them. */
export function sizeParser(option: string, leastBytes: number): (value: string) => number {
  return (value) => {
    const bytes = parseSize(value);
    if (bytes !== undefined && bytes >= leastBytes) return bytes;
    throw invalidOption(option, value, `a size of at least ${leastBytes / 2 ** 20}m, such as 512m, 4g or 4GiB`);
  };
}

/** `--tail`: how many lines, 0 or more. */
export function parseTail(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw invalidOption('--tail', value, 'a number of lines from 0 on');
}

const UNITS_MS: Record<string, number> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** `--older-than 7d` in milliseconds. */
export function parseSpan(value: string): number {
  const [, count, unit = ''] = /^(\d+)([hdw])$/.exec(value) ?? [];
  const unitMs = UNITS_MS[unit];
  if (count !== undefined && unitMs !== undefined) return Number(count) * unitMs;
  throw invalidOption('--older-than', value, 'hours, days or weeks, such as 12h, 7d or 2w');
}
