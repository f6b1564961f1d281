import type { Add, Arg, Copy, From, Instruction } from 'dockerfile-ast';
import { nowParsing } from '../../parsing/now-parsing.ts';
import { limitOf } from '../../project-files/file-sizes.ts';
import { invalid } from '../files/invalid.ts';
import { decode, type NamedFile } from '../files/named-files.ts';

/** How to build a Dockerfile of the project. */
export interface DockerfileBuild {
  file: NamedFile;
  /** The folder that COPY and ADD see, relative to the project. Empty for the project itself. */
  context: string;
  args: Record<string, string>;
  /** The stage to build. Default: the last. */
  target?: string;
  needs: DockerfileNeeds;
}

/** The images, files and arguments that a Dockerfile uses. */
export interface DockerfileNeeds {
  /** Images that it is based on or copies from, in order. */
  images: string[];
  /** The paths that its COPY and ADD name in the context, patterns included; `.` if they are unknown. */
  sources: string[];
  /** Names of its arguments. */
  args: string[];
}

const LIMIT_BYTES = limitOf('Dockerfile');

/**
 * The needs of a Dockerfile up to the target stage.
 * https://docs.docker.com/reference/dockerfile/
 * @throws `environment-invalid` if it lacks this stage, has no stage at all, or is too big
 */
export async function readNeeds({ file, args, target }: Omit<DockerfileBuild, 'needs'>): Promise<DockerfileNeeds> {
  if (file.content.length > LIMIT_BYTES)
    throw invalid(file.path, `it has ${file.content.length} bytes; the limit is ${LIMIT_BYTES}`);
  nowParsing(file.path);
  const { DockerfileParser } = await import('dockerfile-ast');
  const dockerfile = DockerfileParser.parse(decode(file.content));
  const wanted = upToStage(file, dockerfile.getInstructions(), target);
  const values = { ...Object.fromEntries(dockerfile.getInitialARGs().flatMap(defaultOf)), ...args };
  const images = new Set<string>();
  const stages: string[] = [];
  const take = (reference: string) => {
    const isStage = stages.includes(reference.toLowerCase()) || /^\d+$/.test(reference);
    if (!isStage && reference !== 'scratch' && !reference.includes('$')) images.add(reference);
  };
  for (const each of wanted) {
    if (isFrom(each)) {
      take(expand(each.getImage() ?? '', values));
      stages.push(each.getBuildStage()?.toLowerCase() ?? '');
    } else if (isCopy(each)) {
      const from = stageOf(each);
      if (from !== undefined) take(expand(from, values));
    }
  }
  return {
    images: [...images],
    sources: [...new Set(wanted.filter(isCopy).flatMap(sourcesOf))],
    args: wanted.filter(isArg).flatMap((each) => each.getProperty()?.getName() ?? []),
  };
}

const keyword = (instruction: Instruction) => instruction.getKeyword().toUpperCase();
const isFrom = (instruction: Instruction): instruction is From => keyword(instruction) === 'FROM';
const isArg = (instruction: Instruction): instruction is Arg => keyword(instruction) === 'ARG';
const isCopy = (instruction: Instruction): instruction is Copy | Add => ['COPY', 'ADD'].includes(keyword(instruction));

function upToStage(file: NamedFile, instructions: Instruction[], target: string | undefined): Instruction[] {
  const stages = instructions.filter(isFrom);
  if (stages.length === 0) throw invalid(file.path, 'it has no FROM');
  if (target === undefined) return instructions;
  const index = stages.findIndex((stage) => stage.getBuildStage()?.toLowerCase() === target.toLowerCase());
  if (index === -1) throw invalid(file.path, `it has no stage ${JSON.stringify(target)}`);
  const next = stages[index + 1];
  return next === undefined ? instructions : instructions.slice(0, instructions.indexOf(next));
}

function defaultOf(argument: Arg): [string, string][] {
  const property = argument.getProperty();
  const value = property?.getValue();
  return property && typeof value === 'string' ? [[property.getName(), value]] : [];
}

/** Replaces `$NAME`, `${NAME}` and `${NAME:-default}`. Keeps variables without a value. */
function expand(text: string, values: Record<string, string>): string {
  return text.replace(
    /\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})/g,
    (whole, bare, braced, otherwise) => values[bare ?? braced] ?? otherwise ?? whole,
  );
}

/** Lenient, because the builder reports an invalid one. */
function parseList(text: string): string[] {
  try {
    return (JSON.parse(text) as unknown[]).map(String);
  } catch {
    return [];
  }
}

/** The stage or image that is the source of a copy; undefined for the context. */
function stageOf(instruction: Copy | Add): string | undefined {
  const from = instruction.getFlags().find((flag) => flag.getName() === 'from');
  return from?.getValue() ?? undefined;
}

function sourcesOf(instruction: Copy | Add): string[] {
  if (stageOf(instruction) !== undefined) return [];
  return engineMessage(instruction)
    .slice(0, -1)
    .flatMap((source) => {
      // A URL, or a file inside the Dockerfile.
      if (/^(?:https?:|git:|ssh:|git@|<<)/.test(source)) return [];
      return source.includes('$') ? ['.'] : [source];
    });
}

function engineMessage(instruction: Copy | Add): string[] {
  const inJson = /\[.*\]\s*$/s.exec(instruction.getArgumentsContent() ?? '')?.[0];
  if (instruction.getOpeningBracket() && inJson !== undefined) return parseList(inJson);
  const words = instruction.getArguments().map((each) => each.getValue().replace(/^(["'])(.*)\1$/, '$2'));
  // The lines of a file inside the Dockerfile follow.
  return words[0]?.startsWith('<<') ? words.slice(0, 2) : words;
}
