import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isWithin } from '../environments/files/named-files.ts';
import { EzjError } from '../protocol/errors.ts';

/**
 * Writes a file of a project completely or not at all: first next to it, then in its place, with the same mode and
 * owner. Keeps a link to a file within the project.
 * @throws `not-writable`, also if a link leads out of the project, if the file differs from `read`, or if it exists
 *   although `read` is undefined
 */
export async function writeInPlace(
  project: string,
  name: string,
  { read, content }: { read: Buffer | undefined; content: Buffer },
): Promise<void> {
  const file = await placeOf(project, name);
  await refuseChanged(file, { name, read });
  const before = await stat(file).catch(() => undefined);
  // A new file gets the owner of the folder.
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

/** Refuses to overwrite a change that an editor saved while ezj looked into the session. */
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
