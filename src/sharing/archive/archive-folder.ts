import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { NamedFile } from '../../environments/files/named-files.ts';
import { EzjError } from '../../protocol/errors.ts';
import { invalidArchive, isArchivable } from './archive-format.ts';

/**
 * Selects the files of an archive to write into a folder: all that do not exist there with the same content. Writes
 * nothing.
 * @throws `archive-invalid` for an invalid name; `file-taken` if a file differs, or a link is in the way
 */
export async function filesToWrite(folder: string, files: NamedFile[]): Promise<NamedFile[]> {
  const unfit = files.find((file) => !isArchivable(file.path));
  if (unfit) throw invalidArchive(`it holds ${JSON.stringify(unfit.path)}, which does not describe an environment`);
  const states = await Promise.all(files.map(async (file) => ({ file, state: await stateOf(folder, file) })));
  const taken = states.filter(({ state }) => state === 'taken').map(({ file }) => path.join(folder, file.path));
  if (taken.length > 0) {
    throw new EzjError({
      code: 'file-taken',
      message: `${taken.join(', ')} ${taken.length === 1 ? 'differs' : 'differ'} from the archive. Nothing was overwritten.`,
      hint: 'Name another folder, or move the files away.',
    });
  }
  return states.filter(({ state }) => state === 'missing').map(({ file }) => file);
}

/** Writes files into a folder, and creates the folder if it does not exist. */
export async function writeFiles(folder: string, files: NamedFile[]): Promise<void> {
  for (const file of files) {
    const target = path.join(folder, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, file.content, { flag: 'wx' });
  }
}

async function stateOf(folder: string, { path: name, content }: NamedFile): Promise<'missing' | 'same' | 'taken'> {
  const parts = name.split('/');
  for (const [i] of parts.slice(0, -1).entries()) {
    const parent = await lstat(path.join(folder, ...parts.slice(0, i + 1))).catch(() => undefined);
    if (parent === undefined) return 'missing';
    // A link may lead out of the folder.
    if (!parent.isDirectory()) return 'taken';
  }
  const target = path.join(folder, name);
  const found = await lstat(target).catch(() => undefined);
  if (found === undefined) return 'missing';
  return found.isFile() && (await readFile(target)).equals(content) ? 'same' : 'taken';
}
