import net from 'node:net';
import * as z from 'zod';
import { parseSize } from '../protocol/sizes.ts';
import { imageReference } from './image-reference.ts';
import { type PortRange, parsePortRange } from './port-range.ts';
import { userKinds } from './user-kinds.ts';

const imageChoiceText =
  '`auto` (local, then official, then built), `official`, `built` (by ezj, from Debian packages), or an image reference';

/** Every key of the configuration: its type, default and meaning. `ezj config list` reads them from here. */
export const CONFIG_KEYS = {
  'image.python': {
    schema: imageReference,
    default: 'auto',
    description: `Image of Python notebooks: ${imageChoiceText}`,
  },
  'image.r': { schema: imageReference, default: 'auto', description: `Image of R notebooks: ${imageChoiceText}` },
  'official.python': {
    schema: imageReference,
    default: 'quay.io/jupyter/scipy-notebook',
    description: 'The official image of Python notebooks',
  },
  'official.r': {
    schema: imageReference,
    default: 'quay.io/jupyter/r-notebook',
    description: 'The official image of R notebooks',
  },
  'image.rstudio': {
    schema: imageReference.refine(
      (value) => value !== 'built',
      'ezj cannot build RStudio: Debian has no package for it',
    ),
    default: 'auto',
    description: 'Image of RStudio: `auto` (local, then official), `official`, or an image reference',
  },
  'official.rstudio': {
    schema: imageReference,
    default: 'rocker/rstudio',
    description: 'The official image of RStudio',
  },
  'build.debian': {
    schema: imageReference,
    default: 'debian:trixie-slim',
    description: "The Debian image that ezj's own images are built on; made with mmdebstrap if no registry answers",
  },
  'build.mirror': {
    schema: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
    default: '',
    description: 'Debian mirror for builds, such as https://mirror.example/debian; if empty, the mirror of the image',
  },
  'build.cran': {
    schema: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
    default: '',
    description:
      "CRAN mirror for a project's R packages; if empty, Posit's snapshot for the date in runtime.txt, or cloud.r-project.org",
  },
  'env.registry': {
    schema: z.union([
      z.literal(''),
      imageReference.refine(
        (value) => value.includes('/') && !/@|:[^/]*$/.test(value),
        'expected a repository without a tag, such as registry.example.org/team/envs',
      ),
    ]),
    default: '',
    description:
      'Repository for sharing built environments: a start looks there before it builds, and `ezj push` and `ezj pull` use it',
  },
  bind: {
    schema: z.string().refine((value) => net.isIP(value) !== 0, 'expected an IP address, such as 127.0.0.1'),
    default: '127.0.0.1',
    description: 'Address on which notebooks listen',
  },
  ports: {
    schema: z
      .string()
      .refine((value) => parsePortRange(value) !== undefined, 'expected two ports from 1 to 65535, such as 8900-9899'),
    default: '8900-9899',
    description: 'Ports on this machine for sessions that start without --port',
  },
  'limits.pids': {
    schema: z.int().min(64),
    default: 4096,
    description: 'Maximum number of processes and threads in one session',
  },
  'limits.memory': {
    schema: z
      .string()
      .refine(
        (value) => value === '' || parseShare(value) !== undefined || (parseSize(value) ?? 0) >= 2 ** 26,
        'expected a share such as 80%, a size of at least 64m, such as 8g, or nothing for no limit',
      ),
    default: '80%',
    description:
      "Memory of sessions that start without --memory: a size, or a share of the engine's memory; if empty, no limit",
  },
  'limits.shm': {
    schema: z
      .string()
      .refine((value) => (parseSize(value) ?? 0) >= 2 ** 20, 'expected a size of at least 1m, such as 512m or 2g'),
    default: '1g',
    description: 'Size of /dev/shm in sessions that start without --shm-size',
  },
  'ready.timeoutSeconds': {
    schema: z.number().min(1),
    default: 180,
    description: 'Seconds that a notebook server may take to answer',
  },
  'stop.graceSeconds': {
    schema: z.number().min(0),
    default: 10,
    description: 'Seconds that a session may take to end before it is killed',
  },
  'prune.environmentDays': {
    schema: z.number().min(0),
    default: 14,
    description: 'Days without use after which `ezj prune` removes an environment that its project has replaced',
  },
  'daemon.idleMinutes': {
    schema: z.number().positive(),
    default: 15,
    description: 'Minutes without a session and without a command after which the daemon ends',
  },
  kinds: {
    schema: userKinds,
    default: {},
    description: 'Kinds of notebooks that you define, by name; `ezj config schema` prints their keys',
  },
  browser: { schema: z.boolean(), default: true, description: 'Open the browser when a notebook is ready' },
} as const satisfies Record<string, { schema: z.ZodType; default: unknown; description: string }>;

export type ConfigKey = keyof typeof CONFIG_KEYS;

/** The complete configuration, with defaults. */
export type Config = { [Key in ConfigKey]: z.infer<(typeof CONFIG_KEYS)[Key]['schema']> };

/** The memory of a session without its own limit, in bytes; undefined for no limit. */
export function memoryLimitOf({ 'limits.memory': limit }: Config, engineBytes: number): number | undefined {
  const share = parseShare(limit);
  if (share === undefined) return parseSize(limit);
  // Some engines do not tell how much they have.
  return engineBytes > 0 ? Math.floor(engineBytes * share) : undefined;
}

/** `80%` as 0.8; undefined if the text is no share. */
function parseShare(text: string): number | undefined {
  const percent = /^(\d{1,3})%$/.exec(text)?.[1];
  return percent !== undefined && Number(percent) >= 1 && Number(percent) <= 100 ? Number(percent) / 100 : undefined;
}

/** The ports that sessions may use. */
export function portRangeOf({ ports }: Config): PortRange {
  // The schema guarantees a valid range.
  return parsePortRange(ports) as PortRange;
}
