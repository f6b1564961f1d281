import { limitOf } from '../../project-files/file-sizes.ts';
import { readFileIn } from '../../project-files/read.ts';
import { invalid } from './invalid.ts';

/** A file of a project that describes its environment. */
export interface NamedFile {
  /** Relative to the project, with slashes. */
  path: string;
  content: Buffer;
}

/**
 * One file of a project by its name; undefined if it does not exist. Lists nothing and opens no other file, so
 * that the size of the folder does not matter.
 * @throws `environment-invalid` if it is not a file, too big, or a link that leads out of the folder
 */
export async function readNamed(project: string, name: string): Promise<NamedFile | undefined> {
  const refuse = (reason: string) => invalid(name, reason);
  const content = await readFileIn(project, name, { limitBytes: limitOf(name), refuse });
  return content && { path: name, content };
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
