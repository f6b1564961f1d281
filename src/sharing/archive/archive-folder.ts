import path from 'node:path';
import type { NamedFile } from '../../environments/files/named-files.ts';
import { lookAt } from '../../project-files/list.ts';
import { readFileIn } from '../../project-files/read.ts';
import { createFileIn, foldersAbove, makeRoot, rootOf } from '../../project-files/write.ts';
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
  const root = rootOf(folder);
  if (root === undefined) return files;
  const states = await Promise.all(files.map(async (file) => ({ file, state: await stateOf(root, file) })));
  const differing = states.filter(({ state }) => state === 'taken').map(({ file }) => path.join(folder, file.path));
  if (differing.length > 0) {
    const verb = differing.length === 1 ? 'differs' : 'differ';
    throw taken(differing, `${verb} from the archive. Nothing was overwritten.`);
  }
  return states.filter(({ state }) => state === 'missing').map(({ file }) => file);
}

/** Writes files into a folder, and creates the folder if it does not exist. */
export async function writeFiles(folder: string, files: NamedFile[]): Promise<void> {
  const root = makeRoot(folder);
  for (const { path: name, content } of files) {
    const refuse = (reason: string) => taken([path.join(folder, name)], `could not be written: ${reason}`);
    await createFileIn(root, name, { content, refuse });
  }
}

/** A link on the way counts as taken: it may lead out of the folder. */
async function stateOf(root: string, { path: name, content }: NamedFile): Promise<'missing' | 'same' | 'taken'> {
  let isTaken = false;
  const refuse = (reason: string) => {
    isTaken = true;
    return taken([path.join(root, name)], reason);
  };
  try {
    for (const above of foldersAbove(name)) {
      const parent = lookAt(root, above, { refuse });
      if (parent?.kind !== 'folder') return parent ? 'taken' : 'missing';
    }
    const found = await readFileIn(root, name, { limitBytes: content.length, refuse, links: 'refuse' });
    return found?.equals(content) === false ? 'taken' : found ? 'same' : 'missing';
  } catch (error) {
    if (isTaken) return 'taken';
    throw error;
  }
}

function taken(files: string[], reason: string): EzjError {
  return new EzjError({
    code: 'file-taken',
    message: `${files.join(', ')} ${reason}`,
    hint: 'Name another folder, or move the files away.',
  });
}
