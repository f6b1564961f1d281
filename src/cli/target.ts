import { readFileSync, realpathSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EzjError } from '../protocol/errors.ts';
import { shellQuote } from '../protocol/shell-word.ts';
import { nearestWord } from './nearest-word.ts';
import { STACK_NAMES } from './options/stack.ts';

/** What `ezj [DIR|NOTEBOOK]` is about. */
export interface Target {
  /** Real path of the folder: a symbolic link leads to the session of what it points to. */
  project: string;
  /** Name of a file in it to open. */
  notebook?: string;
  /** That file is an RStudio project. */
  rproj?: boolean;
}

/**
 * The folder, and the notebook in it, that an argument means; `anyFile` where the kind may open others than notebooks,
 * `commandNames` where a command may have been meant.
 * @throws `project-missing`; `usage` for a file that is no notebook
 */
export function resolveTarget(
  argument: string,
  cwd: string,
  { anyFile = false, commandNames }: { anyFile?: boolean; commandNames?: string[] } = {},
): Target {
  const real = realPathOf(argument, cwd, commandNames);
  if (statSync(real).isDirectory()) return { project: real };
  if (real.endsWith('.Rproj')) return { project: path.dirname(real), notebook: path.basename(real), rproj: true };
  if (!anyFile && !real.toLowerCase().endsWith('.ipynb')) {
    throw new EzjError({
      code: 'usage',
      message: `${argument} is neither a folder nor a notebook (.ipynb) nor an RStudio project (.Rproj).`,
      hint: `ezj ${shellQuote(path.dirname(argument))} starts on its folder; with --kind, a file may be any that its server opens`,
    });
  }
  return { project: path.dirname(real), notebook: path.basename(real) };
}

/** Refuses `/` and the home folder: a session can write to all of it. Throws `project-refused`. */
export function refuseWholeMachine(project: string, home: string = os.homedir()): void {
  const isRoot = path.parse(project).root === project;
  if (!isRoot && project !== realOrSame(home)) return;
  throw new EzjError({
    code: 'project-refused',
    message: `${project} is ${isRoot ? 'the whole disk' : 'your home folder'}: a session could change everything in it, keys and settings included.`,
    hint: 'Start in a folder of its own (mkdir work && ezj work), or add --yes.',
  });
}

/** The kind that has the kernel of a notebook, and what is to be said of that. */
export interface Kernel {
  kind: 'python' | 'r';
  /** Continues a sentence that begins with the notebook's name. */
  remark?: string;
}

/** The kind for a notebook's file; Python where it names none, names another language, or cannot be read. */
export function readKernel(file: string): Kernel {
  try {
    return kernelOf(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const { message } = cause as Error;
    return { kind: 'python', remark: `cannot be read as a notebook (${message}): starting with Python` };
  }
}

/** The kind that a notebook's metadata name. @see https://nbformat.readthedocs.io/en/latest/format_description.html */
export function kernelOf(notebook: unknown): Kernel {
  const metadata = (notebook as { metadata?: Record<string, Record<string, unknown>> } | null)?.metadata;
  const { name, language } = metadata?.kernelspec ?? {};
  const words = [language, metadata?.language_info?.name, name].map((word) => String(word ?? ''));
  const plain = words.map((word) => word.toLowerCase());
  if (plain[0] === 'r' || plain[1] === 'r' || plain[2] === 'ir') {
    return { kind: 'r', remark: 'is an R notebook: starting with the R kernel (-3 for Python)' };
  }
  const named = words.find((word) => word !== '');
  if (named === undefined || plain.some((word) => word.startsWith('python'))) return { kind: 'python' };
  const stack = STACK_NAMES.find((each) => plain.some((word) => word === each || word.startsWith(`${each}-`)));
  const way = stack === undefined ? '--image REF names an image that has it' : `--stack ${stack} has it`;
  return {
    kind: 'python',
    remark: `names the kernel ${JSON.stringify(named)}, which ezj's Python image lacks: ${way}`,
  };
}

function realPathOf(argument: string, cwd: string, commandNames: string[] = []): string {
  try {
    return realpathSync(path.resolve(cwd, argument));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const near = nearestWord(argument, commandNames);
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    // A word alone may have been meant as a command.
    const isWord = commandNames.length > 0 && missing && !/[\\/.]/.test(argument);
    const nothing = `There is no folder or notebook ${path.resolve(cwd, argument)}`;
    const word = isWord ? `${argument} is neither a command nor a folder. ` : '';
    throw new EzjError({
      code: 'project-missing',
      message: missing ? `${word}${nothing}` : `${argument} cannot be opened: ${(cause as Error).message}`,
      hint: near ? `Did you mean ezj ${near}?` : isWord ? 'ezj help lists the commands' : undefined,
      cause,
    });
  }
}

function realOrSame(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
