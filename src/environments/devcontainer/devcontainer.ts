import path from 'node:path';
import * as z from 'zod';
import { imageReference } from '../../config/image-reference.ts';
import { describeIssues } from '../../config/issues.ts';
import { variable } from '../../config/user-kinds.ts';
import { isPlain, UNPLAIN } from '../../protocol/plain-text.ts';
import { shellQuote } from '../../protocol/shell-word.ts';
import { parseSize } from '../../protocol/sizes.ts';
import { invalid } from '../files/invalid.ts';
import { readJsoncFile } from '../files/jsonc-file.ts';
import type { NamedFile } from '../files/named-files.ts';
import { fillVariables, type Places } from './devcontainer-variables.ts';

/** The settings that ezj reads from a devcontainer.json, with variables replaced. */
export interface Devcontainer {
  file: NamedFile;
  image?: string;
  build?: {
    /** Relative to the project, like `context`. */
    dockerfile: string;
    context: string;
    args: Record<string, string>;
    target?: string;
  };
  env: Record<string, string>;
  /** The user's variables that `env` uses, with their new names. */
  passed: { name: string; as: string }[];
  mounts: { source: string; target: string; readOnly: boolean }[];
  /** The commands for a new container, in groups that run in order. */
  commands: CommandGroup[];
  /** Ports of the container to open on this machine. */
  forwardPorts: number[];
  gpus?: 'all';
  needs: { cpus?: number; memoryBytes?: number };
  /** One line per omission. */
  notes: string[];
}

/** Commands that run at the same time. */
export interface CommandGroup {
  /** Such as `postCreateCommand`. */
  key: string;
  commands: { name: string; argv: string[] }[];
}

const words = z.union([z.string().min(1), z.array(z.string()).min(1)], 'expected text or a list of words');
const command = z.union([words, z.record(z.string(), words)], 'expected text, a list of words, or an object of these');
const COMMANDS = ['onCreateCommand', 'updateContentCommand', 'postCreateCommand'] as const;

const schema = z.looseObject({
  image: imageReference.optional(),
  build: z
    .looseObject({
      dockerfile: z.string().min(1).optional(),
      context: z.string().min(1).optional(),
      args: z.record(variable, z.string()).optional(),
      target: z.string().min(1).optional(),
    })
    .optional(),
  dockerFile: z.string().min(1).optional(),
  context: z.string().min(1).optional(),
  containerEnv: z.record(variable, z.string()).optional(),
  remoteEnv: z.record(variable, z.string().nullable()).optional(),
  mounts: z
    .array(
      z.union(
        [z.string(), z.looseObject({ type: z.string(), source: z.string().optional(), target: z.string() })],
        'expected the text of docker’s --mount, or type, source and target',
      ),
    )
    .optional(),
  onCreateCommand: command.optional(),
  updateContentCommand: command.optional(),
  postCreateCommand: command.optional(),
  forwardPorts: z.array(z.union([z.int().min(1).max(65535), z.string()], 'expected ports from 1 to 65535')).optional(),
  hostRequirements: z
    .looseObject({
      cpus: z.number().positive().optional(),
      memory: z
        .string()
        .refine((text) => parseSize(text) !== undefined, 'expected a size such as 8gb')
        .optional(),
      gpu: z.union([z.boolean(), z.literal('optional'), z.looseObject({})]).optional(),
    })
    .optional(),
});

type Content = z.infer<typeof schema>;

/** Keys for people, or for the default behavior of ezj. */
const NEEDS_NO_WORD = ['$schema', 'name', 'initializeCommand'];

/**
 * Reads a devcontainer.json. https://containers.dev/implementors/json_reference/
 * @throws `environment-invalid`, with line and column, or with the key and the reason
 */
export async function readDevcontainer(file: NamedFile, places: Places): Promise<Devcontainer> {
  const parsed = schema.safeParse(await readJsoncFile(file));
  if (!parsed.success) throw invalid(file.path, describeIssues(parsed.error).join('; '));
  const content = parsed.data;
  const notes = notesOn(file, content);
  const fill = (key: string, template: string) => {
    const filled = fillVariables(template, places);
    if (filled.unknown.length > 0)
      notes.push(`${file.path}: ${key}: ${filled.unknown.join(', ')} is not replaced: ezj does not know it`);
    return filled;
  };
  /** Leaves out the user's variables, which would be visible in a history or in a list of processes. */
  const fillOpenly = (key: string, template: string) => {
    const { text, localEnv } = fillVariables(template, { ...places, localEnv: {} });
    if (localEnv.length > 0)
      notes.push(`${file.path}: ${key}: your ${localEnv.join(', ')} is left out because others could read it there`);
    return { text, localEnv };
  };
  const { env, passed } = readEnv(content, fill);
  return {
    file,
    image: content.image,
    build: readBuild(file, content, fillOpenly),
    env,
    passed,
    mounts: readMounts(file, content, { fill, notes }),
    commands: COMMANDS.flatMap((key) => readCommands(key, content[key], (text) => fillOpenly(key, text).text)),
    forwardPorts: readPorts(file, content, notes),
    gpus: wantsGpu(content) ? 'all' : undefined,
    needs: {
      cpus: content.hostRequirements?.cpus,
      memoryBytes: parseSize(content.hostRequirements?.memory ?? ''),
    },
    notes,
  };
}

type Fill = (key: string, template: string) => { text: string; localEnv: string[] };

/** A note for each setting that ezj ignores. */
function notesOn({ path: name }: NamedFile, content: Content): string[] {
  const known = Object.keys(schema.shape);
  const left = [
    ...Object.keys(content).filter((key) => !known.includes(key) && !NEEDS_NO_WORD.includes(key)),
    ...unknownWithin(content, 'build', ['dockerfile', 'context', 'args', 'target']),
    ...unknownWithin(content, 'hostRequirements', ['cpus', 'memory', 'gpu']),
  ];
  return [
    ...('initializeCommand' in content
      ? [`${name}: initializeCommand is refused: it would run on your machine itself`]
      : []),
    ...(left.length > 0 ? [`${name}: left out because ezj does not support it: ${left.join(', ')}`] : []),
    ...(content.hostRequirements?.gpu === 'optional'
      ? [`${name}: the GPU is optional: to use it, add --gpus all`]
      : []),
  ];
}

function unknownWithin(content: Content, key: 'build' | 'hostRequirements', known: string[]): string[] {
  return Object.keys(content[key] ?? {})
    .filter((each) => !known.includes(each))
    .map((each) => `${key}.${each}`);
}

function readBuild(file: NamedFile, content: Content, fill: Fill): Devcontainer['build'] {
  const dockerfile = content.build?.dockerfile ?? content.dockerFile;
  if (dockerfile === undefined) return undefined;
  if (content.image !== undefined) throw invalid(file.path, 'expected image or build, not both');
  const args = Object.entries(content.build?.args ?? {}).flatMap(([name, template]) => {
    const { text, localEnv } = fill(`build.args.${name}`, template);
    // Keeps the Dockerfile's default instead of an empty value.
    return localEnv.length > 0 && text === '' ? [] : [[name, text] as const];
  });
  return {
    dockerfile: inProject(file, 'build.dockerfile', dockerfile),
    context: inProject(file, 'build.context', content.build?.context ?? content.context ?? '.'),
    args: Object.fromEntries(args),
    target: content.build?.target,
  };
}

/** Turns a path relative to the file into one relative to the project. */
function inProject(file: NamedFile, key: string, value: string): string {
  const joined = path.posix.join(path.posix.dirname(file.path), value.replaceAll('\\', '/'));
  if (path.posix.isAbsolute(value) || joined === '..' || joined.startsWith('../'))
    throw invalid(file.path, `${key}: ${value} lies outside the project`);
  return joined === '.' ? '' : joined.replace(/\/$/, '');
}

/** Includes `remoteEnv`, which VS Code gives to its own processes, because a notebook has no others. */
function readEnv(content: Content, fill: Fill): Pick<Devcontainer, 'env' | 'passed'> {
  const env: Record<string, string> = {};
  const passed: Devcontainer['passed'] = [];
  for (const key of ['containerEnv', 'remoteEnv'] as const) {
    for (const [name, template] of Object.entries(content[key] ?? {})) {
      if (template === null) continue;
      const { text, localEnv } = fill(`${key}.${name}`, template);
      // It extends a variable of the container, whose value only a process in the container knows.
      if (text.includes('${containerEnv:')) continue;
      env[name] = text;
      passed.push(...localEnv.map((each) => ({ name: each, as: name })));
    }
  }
  return { env, passed };
}

function readMounts(
  file: NamedFile,
  { mounts = [] }: Content,
  { fill, notes }: { fill: Fill; notes: string[] },
): Devcontainer['mounts'] {
  return mounts.flatMap((mount) => {
    const options = typeof mount === 'string' ? optionsOf(mount) : mount;
    const { type, source, target } = options;
    if (type !== 'bind') {
      notes.push(`${file.path}: mounts: left out because it is not a bind mount: ${target ?? JSON.stringify(mount)}`);
      return [];
    }
    if (typeof source !== 'string' || typeof target !== 'string' || !/^(?:\/[^/]|\$\{)/.test(target))
      throw invalid(file.path, `mounts: ${JSON.stringify(mount)}: expected a source and an absolute target`);
    const readOnly = ['readonly', 'ro', 'readOnly'].some((key) => key in options && options[key] !== 'false');
    const inside = fill('mounts', target).text;
    if (!isPlain(inside)) throw invalid(file.path, `mounts: target ${JSON.stringify(inside)}: ${UNPLAIN}`);
    return [{ source: fill('mounts', source).text, target: inside, readOnly }];
  });
}

/** The syntax of docker's `--mount`. https://docs.docker.com/engine/storage/bind-mounts/#options-for---mount */
function optionsOf(text: string): Record<string, unknown> {
  const long: Record<string, string> = { src: 'source', dst: 'target', destination: 'target' };
  return Object.fromEntries(
    text.split(',').map((option) => {
      const [key = '', ...value] = option.trim().split('=');
      return [long[key] ?? key, value.length === 0 ? 'true' : value.join('=')];
    }),
  );
}

function readCommands(
  key: string,
  value: Content['postCreateCommand'],
  fill: (text: string) => string,
): CommandGroup[] {
  if (value === undefined) return [];
  const argvOf = (each: string | string[]) => (typeof each === 'string' ? ['sh', '-c', fill(each)] : each.map(fill));
  const commands =
    typeof value === 'string' || Array.isArray(value)
      ? [{ name: key, argv: argvOf(value) }]
      : Object.entries(value).map(([name, each]) => ({ name: `${key} ${shellQuote(name)}`, argv: argvOf(each) }));
  return commands.length > 0 ? [{ key, commands }] : [];
}

function readPorts(file: NamedFile, { forwardPorts = [] }: Content, notes: string[]): number[] {
  const ports = forwardPorts.flatMap((each) => {
    if (/^\d{1,5}$/.test(String(each)) && Number(each) > 0 && Number(each) < 65536) return Number(each);
    notes.push(`${file.path}: forwardPorts: left out because it is not a port of this container: ${each}`);
    return [];
  });
  return [...new Set(ports)];
}

function wantsGpu({ hostRequirements }: Content): boolean {
  const { gpu } = hostRequirements ?? {};
  return gpu === true || typeof gpu === 'object';
}
