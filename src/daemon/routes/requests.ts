import * as z from 'zod';
import type { ImportRequest } from '../../protocol/archive.ts';
import type { EnvironmentRequest } from '../../protocol/environment.ts';
import { EzjError } from '../../protocol/errors.ts';
import { IMAGE_NAMES } from '../../protocol/image.ts';
import type { ShellOptions, StartRequest } from '../../protocol/session.ts';
import type { FetchRequest, PushRequest } from '../../protocol/sharing.ts';

const host = z.object({
  proxy: z.record(z.string(), z.string()),
  certificates: z.string().optional(),
  indexes: z.record(z.string().regex(/^(?:PIP|UV)_[A-Z_]+$/), z.string()).optional(),
  pipConfigs: z.array(z.string()).optional(),
  condaConfigs: z.array(z.string()).optional(),
  cran: z.string().optional(),
});
const absolutePath = z.string().refine((value) => /^(\/|[a-z]:[\\/])/i.test(value), 'expected an absolute path');
const hostLabel = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'expected 1 to 40 of a-z, 0-9 and -');

/** A boolean in a query. */
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** The body of a start request. */
export const startRequest = z.object({
  project: absolutePath,
  kind: z.string().min(1).optional(),
  image: z.string().min(1).optional(),
  imageTag: z.string().min(1).optional(),
  refresh: z.enum(['auto', 'never', 'always']),
  name: hostLabel.optional(),
  port: z.int().min(1).max(65535).optional(),
  bind: z.union([z.ipv4(), z.ipv6()]).optional(),
  readOnly: z.boolean(),
  mounts: z.array(z.object({ source: absolutePath, target: z.string().startsWith('/'), readOnly: z.boolean() })),
  env: z.record(z.string().regex(/^[^=\0]+$/), z.string()),
  cpus: z.number().positive().optional(),
  memoryBytes: z.int().positive().optional(),
  shmBytes: z.int().positive().optional(),
  gpus: z.union([z.literal('all'), z.int().positive()]).optional(),
  notebook: z.string().optional(),
  user: z.object({ uid: z.int().min(0), gid: z.int().min(0) }).optional(),
  noEnv: z.boolean().optional(),
  localEnv: z.record(z.string(), z.string()).optional(),
  host,
}) satisfies z.ZodType<StartRequest>;

export const stopRequest = z.object({ force: z.boolean(), discard: z.boolean() });
export const sessionsQuery = z.object({ activity: flag.optional() });
export const logQuery = z.object({ follow: flag, tail: z.coerce.number().int().min(0).optional() });
export const linkRequest = z.object({ notebook: z.string().optional() });
export const pullRequest = z.object({ reference: z.string().min(1) });
export const buildRequest = z.object({ images: z.array(z.enum(IMAGE_NAMES)), host, noCache: z.boolean() });
export const pruneRequest = z.object({
  remove: z.boolean(),
  volumes: z.boolean(),
  caches: z.boolean(),
  olderThanMs: z.number().min(0).optional(),
});
export const trustRequest = z.object({ request: startRequest, fingerprint: z.string().regex(/^[0-9a-f]{64}$/) });
export const environmentRequest = z.object({
  project: absolutePath,
  kind: z.string().min(1).optional(),
  image: z.string().min(1).optional(),
}) satisfies z.ZodType<EnvironmentRequest>;
export const pushRequest = environmentRequest.extend({
  reference: z.string().min(1).optional(),
}) satisfies z.ZodType<PushRequest>;
export const fetchRequest = environmentRequest.extend({ host }) satisfies z.ZodType<FetchRequest>;
export const saveRequest = z.object({ dryRun: z.boolean() });
export const importQuery = z.object({
  project: absolutePath,
  folder: absolutePath.optional(),
}) satisfies z.ZodType<ImportRequest>;
export const projectQuery = z.object({ project: absolutePath });
export const configValue = z.object({ value: z.string() });
export const doctorRequest = z.object({ host });
export const shellSize = z.object({ columns: z.int().positive(), rows: z.int().positive() });
export const shellOptions = z.object({
  cmd: z.array(z.string()),
  terminal: shellSize.extend({ term: z.string() }).optional(),
}) satisfies z.ZodType<ShellOptions>;

/** @throws `usage`, with the name of the invalid part */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const text = z.prettifyError(parsed.error).replace(/^✖ /, '').replaceAll('\n', '; ');
  throw new EzjError({ code: 'usage', message: `The daemon cannot take this request: ${text}` });
}
