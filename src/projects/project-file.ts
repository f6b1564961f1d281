import { createHash } from 'node:crypto';
import net from 'node:net';
import path from 'node:path';
import type { Document, YAMLError } from 'yaml';
import * as z from 'zod';
import { imageReference } from '../config/image-reference.ts';
import { describeIssues } from '../config/issues.ts';
import { userKinds, variable } from '../config/user-kinds.ts';
import { parsed } from '../environments/files/parsed.ts';
import { isStackOverflow } from '../parsing/now-parsing.ts';
import { limitOf } from '../project-files/file-sizes.ts';
import { readFileIn } from '../project-files/read.ts';
import { EzjError } from '../protocol/errors.ts';
import { isPlain, UNPLAIN } from '../protocol/plain-text.ts';
import { parseSize } from '../protocol/sizes.ts';

/** The name of the project file, at the root of the project folder. */
export const PROJECT_FILE = 'ezj.yaml';

const size = (leastBytes: number) =>
  z
    .union([z.string(), z.int()])
    .transform(String)
    .refine(
      (text) => (parseSize(text) ?? 0) >= leastBytes,
      `expected a size of at least ${leastBytes / 2 ** 20}m, such as 4g`,
    );

const mount = z.strictObject({
  source: z.string().min(1).describe('A folder or file on this machine; relative to the project'),
  target: z
    .string()
    .regex(/^\/+[^/]/, 'expected an absolute path in the container')
    .max(300)
    .refine(isPlain, UNPLAIN)
    .optional()
    .describe('Where it is in the container; /mnt/NAME by default'),
  readOnly: z.boolean().default(false),
});

/** The schema of a project file. Options on the command line have priority. */
export const projectSchema = z.strictObject({
  kind: z.string().min(1).optional().describe('The kind of notebook: python, r, rstudio, or one that you define'),
  image: imageReference.optional().describe('The image'),
  dockerfile: z
    .string()
    .min(1)
    .refine(isBelow, 'expected a path in the project, such as docker/Dockerfile')
    .refine(isPlain, UNPLAIN)
    .optional()
    .describe('A Dockerfile of the project that builds the image; needs your trust'),
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'expected 1 to 40 of a-z, 0-9 and "-"')
    .optional()
    .describe("The session's name; needs your trust"),
  port: z.int().min(1).max(65535).optional().describe('The port on this machine; needs your trust'),
  bind: z
    .string()
    .refine((value) => net.isIP(value) !== 0, 'expected an IP address, such as 127.0.0.1')
    .optional()
    .describe('The address to listen on; needs your trust unless it is a loopback address'),
  readOnly: z.boolean().optional().describe('The project is read-only in the container'),
  mounts: z.array(mount).default([]).describe('Additional folders; they need your trust'),
  env: z
    .record(variable, z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .default({})
    .describe('Environment variables of the session'),
  passEnv: z
    .array(variable)
    .default([])
    .describe('Names of your environment variables that the session gets; needs your trust'),
  sourcePackages: z
    .array(z.string().regex(/^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/, 'expected the name of a Python package'))
    .default([])
    .describe('Python packages without a wheel that are built from source; needs your trust'),
  cpus: z.number().min(0.01).optional(),
  memory: size(64 * 2 ** 20).optional(),
  shmSize: size(2 ** 20)
    .optional()
    .describe('Size of /dev/shm'),
  gpus: z
    .union([z.literal('all'), z.int().positive()])
    .optional()
    .describe('GPUs; needs your trust'),
  kinds: userKinds.default({}).describe('Kinds of notebooks for this project'),
});

/** Whether a relative path stays inside its folder. */
function isBelow(value: string): boolean {
  const normal = path.posix.normalize(value);
  return !path.isAbsolute(value) && normal !== '.' && normal !== '..' && !normal.startsWith('../');
}

export type ProjectSettings = z.infer<typeof projectSchema>;

/** The JSON schema of a project file. docs/ezj.schema.json holds a copy for editors. */
export function projectFileSchema(): object {
  return { title: PROJECT_FILE, ...z.toJSONSchema(projectSchema, { io: 'input' }) };
}

/** A project file: its settings, and a hash of its content. */
export interface ProjectFile {
  path: string;
  /** SHA-256 of its bytes, hexadecimal. */
  hash: string;
  settings: ProjectSettings;
}

/**
 * Reads the project file of a folder; undefined if there is none.
 * @throws `project-file-invalid`, with line and column, or with each wrong key and the reason
 */
export async function readProjectFile(project: string): Promise<ProjectFile | undefined> {
  const file = path.join(project, PROJECT_FILE);
  const refuse = (reason: string) => invalid(file, [reason]);
  const bytes = await readFileIn(project, PROJECT_FILE, { limitBytes: limitOf(PROJECT_FILE), refuse, links: 'refuse' });
  if (bytes === undefined) return undefined;
  const parsed = projectSchema.safeParse((await parseYaml(file, bytes.toString('utf8'))) ?? {});
  if (!parsed.success) throw invalid(file, describeIssues(parsed.error));
  if (parsed.data.image !== undefined && parsed.data.dockerfile !== undefined)
    throw invalid(file, ['image and dockerfile: expected only one of them, because each sets the image']);
  return { path: file, hash: createHash('sha256').update(bytes).digest('hex'), settings: parsed.data };
}

async function parseYaml(file: string, text: string): Promise<unknown> {
  const { parseDocument } = await import('yaml');
  const parse = () => {
    const document = parseDocument(text, { prettyErrors: true });
    const [error] = document.errors;
    if (error) throw syntaxError(file, error);
    return plainValue(file, document);
  };
  return parsed(file, parse, (reason) => invalid(file, [reason]));
}

function syntaxError(file: string, { message, linePos }: YAMLError): EzjError {
  const { line, col } = linePos?.[0] ?? { line: 1, col: 1 };
  const [reason = ''] = message.split('\n');
  return invalid(file, [`line ${line}, column ${col}: ${reason.replace(/ at line \d+, column \d+:?$/, '')}`]);
}

function plainValue(file: string, document: Document): unknown {
  try {
    // Limits aliases, because with them a small file can expand to gigabytes.
    return document.toJS({ maxAliasCount: 20 });
  } catch (cause) {
    throw isStackOverflow(cause) ? cause : invalid(file, [(cause as Error).message]);
  }
}

function invalid(file: string, reasons: string[]): EzjError {
  return new EzjError({
    code: 'project-file-invalid',
    message: `${file}: ${reasons[0] ?? 'it cannot be read'}`,
    details: reasons.slice(1),
    hint: '`ezj config schema` prints all keys. Editors can use it too.',
  });
}
