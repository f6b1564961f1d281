import net from 'node:net';
import * as z from 'zod';
import { parseSize } from '../protocol/sizes.ts';
import { imageReference } from './image-reference.ts';
import { type PortRange, parsePortRange } from './port-range.ts';
import { userKinds } from './user-kinds.ts';

const imageChoiceText =
  '`auto` (local, then official, then built), `official`, `built` (by ezj, from Debian packages), or an image reference';

/** Every key of the configuration: its type, default and meaning. The docs table and `ezj config list` come from here. */
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
    schema: imageReference.refine((value) => value !== 'built', 'ezj cannot build RStudio: it is in no Debian package'),
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
    description: "The Debian image below ezj's own; made with mmdebstrap where no registry answers",
  },
  'build.mirror': {
    schema: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
    default: '',
    description: "Debian mirror for builds, such as https://mirror.example/debian; empty: the image's own",
  },
  'build.cran': {
    schema: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
    default: '',
    description:
      "CRAN mirror for a project's R packages; empty: the day of runtime.txt at Posit's, else cloud.r-project.org",
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
      'Repository where built environments are shared: a start looks there before it builds, `ezj push` and `ezj pull` use it',
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
    description: 'Ports of this machine that sessions get, where --port does not say it',
  },
  'limits.pids': {
    schema: z.int().min(64),
    default: 4096,
    description: 'Processes and threads that one session may have',
  },
  'limits.shm': {
    schema: z
      .string()
      .refine((value) => (parseSize(value) ?? 0) >= 2 ** 20, 'expected a size of at least 1m, such as 512m or 2g'),
    default: '1g',
    description: 'Size of /dev/shm in a session, where --shm-size does not say it',
  },
  'ready.timeoutSeconds': {
    schema: z.number().min(1),
    default: 180,
    description: 'How long a notebook server may take to answer',
  },
  'stop.graceSeconds': {
    schema: z.number().min(0),
    default: 10,
    description: 'How long a session may take to end before it is killed',
  },
  'prune.environmentDays': {
    schema: z.number().min(0),
    default: 14,
    description: 'For so many days `ezj prune` keeps an environment that its project has replaced',
  },
  'daemon.idleMinutes': {
    schema: z.number().positive(),
    default: 15,
    description: 'The daemon ends after this time without a session and without a command',
  },
  kinds: {
    schema: userKinds,
    default: {},
    description: 'Kinds of notebooks of your own, by name; `ezj config schema` shows what each holds',
  },
  browser: { schema: z.boolean(), default: true, description: 'Open the browser when a notebook is ready' },
} as const satisfies Record<string, { schema: z.ZodType; default: unknown; description: string }>;

export type ConfigKey = keyof typeof CONFIG_KEYS;

/** The whole configuration, defaults filled in. */
export type Config = { [Key in ConfigKey]: z.infer<(typeof CONFIG_KEYS)[Key]['schema']> };

/** The ports that sessions may have. */
export function portRangeOf({ ports }: Config): PortRange {
  // The schema has seen to it.
  return parsePortRange(ports) as PortRange;
}
