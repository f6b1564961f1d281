import { constants } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { invalid } from './invalid.ts';

/** A file of a project that describes its environment. */
export interface NamedFile {
  /** Relative to the project, with slashes. */
  path: string;
  content: Buffer;
}

/** Lock files of big projects have a few megabytes. A bigger file has another purpose. */
const LIMIT_BYTES = 16 * 2 ** 20;

/**
 * One file of a project by its name; undefined if it does not exist. Lists nothing and opens no other file, so
 * that the size of the folder does not matter.
 * @throws `environment-invalid` if it is not a file, too big, or a link that leads out of the folder
 */
export async function readNamed(project: string, name: string): Promise<NamedFile | undefined> {
  const file = path.join(project, name);
  const stats = await lstat(file).catch(() => undefined);
  if (stats === undefined) return undefined;
  const real = stats.isSymbolicLink() ? await followWithin(project, name) : await refuseLinkedFolder(project, name);
  return { path: name, content: await readRegular(real, name) };
}

/** Checks the file after opening it, because a session may replace it with a link or a pipe at any moment. */
async function readRegular(real: string, name: string): Promise<Buffer> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(real, flags).catch((error: Error) => {
    throw invalid(name, error.message);
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw invalid(name, 'it is not a file');
    if (found.size > LIMIT_BYTES) throw invalid(name, `it has ${found.size} bytes; the limit is ${LIMIT_BYTES}`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** The target of a link. A project from elsewhere must not read files outside its folder. */
async function followWithin(project: string, name: string): Promise<string> {
  const real = await realpath(path.join(project, name)).catch(() => {
    throw invalid(name, 'it is a broken link');
  });
  if (!isWithin(real, project)) throw invalid(name, `it is a link that leads out of the folder, to ${real}`);
  return real;
}

/** Checks the folder too, because it may be a link. */
async function refuseLinkedFolder(project: string, name: string): Promise<string> {
  return name.includes('/') ? followWithin(project, name) : path.join(project, name);
}

/** Whether a path lies below a folder. Both have their links resolved. */
export function isWithin(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** The lines of a text file, with the line ends of any system. */
export function readLines(content: Buffer): string[] {
  return decode(content).split(/\r\n|\r|\n/);
}

/** Decodes UTF-8, or UTF-16 as from PowerShell's `>`, without the byte order mark. */
export function decode(content: Buffer): string {
  const utf16 = content[0] === 0xff && content[1] === 0xfe;
  return content.toString(utf16 ? 'utf16le' : 'utf8').replace(/^\ufeff/, '');
}
