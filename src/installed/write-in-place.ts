import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isWithin } from '../environments/files/named-files.ts';
import { EzjError } from '../protocol/errors.ts';

/**
 * Writes a file of a project whole or not at all: beside it first, then in its place, with the mode and owner that it had. A link to a
 * file within the project stays one.
 * @throws `not-writable`, also where a link leads out of the project, and where the file is not `read` any more, or is there although
 * that is undefined
 */
export async function writeInPlace(
  project: string,
  name: string,
  { read, content }: { read: Buffer | undefined; content: Buffer },
): Promise<void> {
  const file = await placeOf(project, name);
  await refuseChanged(file, { name, read });
  const before = await stat(file).catch(() => undefined);
  // A new file belongs to whom the folder belongs to.
  const { uid, gid } = before ?? (await stat(path.dirname(file)));
  const beside = path.join(path.dirname(file), `.${path.basename(file)}-${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(beside, content, { flag: 'wx', mode: before ? 0o600 : 0o644 });
    if (before) await chmod(beside, before.mode & 0o7777);
    const made = await stat(beside);
    if (made.uid !== uid || made.gid !== gid) await chown(beside, uid, gid).catch(() => {});
    await rename(beside, file);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new EzjError({
      code: 'not-writable',
      message: `${name} could not be written: ${(cause as Error).message}`,
      hint: 'Nothing was changed. `ezj env save --dry-run` shows the lines to write yourself.',
      cause,
    });
  }
}

/** An editor may have saved it while the session was looked into. */
async function refuseChanged(file: string, { name, read }: { name: string; read: Buffer | undefined }): Promise<void> {
  const now = await readFile(file).catch(() => undefined);
  if (now === undefined || read === undefined ? now === read : now.equals(read)) return;
  throw new EzjError({
    code: 'not-writable',
    message: `${name} was changed in the meantime. Nothing was written.`,
    hint: 'Run the command again.',
  });
}

async function placeOf(project: string, name: string): Promise<string> {
  const file = path.join(project, name);
  const isThere = (await lstat(file).catch(() => undefined)) !== undefined;
  const real = isThere ? await realpath(file) : path.join(await realpath(path.dirname(file)), path.basename(file));
  if (isWithin(real, await realpath(project))) return real;
  throw new EzjError({
    code: 'not-writable',
    message: `${name} is a link to ${real}, which is outside the folder. Nothing was written.`,
    hint: '`ezj env save --dry-run` shows the lines to write yourself.',
  });
}
