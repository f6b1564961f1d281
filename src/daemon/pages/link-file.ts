import { randomBytes } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { escapeHtml } from './html.ts';
import { canTellPeers } from './peer.ts';

const NAME = /^open-[0-9a-f]{16}\.html$/;

/** Whether a browser gets a file instead of a link: other users could read the link in its arguments and use it first. */
export async function needsLinkFile(): Promise<boolean> {
  // Windows shows the arguments of a process to its user only.
  return process.platform !== 'win32' && !(await canTellPeers());
}

/** Writes a page that leads to a link, and that only the user can read. Returns its path. */
export async function writeLinkFile(folder: string, url: string): Promise<string> {
  const file = path.join(folder, `open-${randomBytes(8).toString('hex')}.html`);
  const address = escapeHtml(url);
  const page = `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url=${address}"><a href="${address}">Open the session</a>\n`;
  await writeFile(file, page, { mode: 0o600, flag: 'wx' });
  return file;
}

/** Removes one file, or all of those that a killed daemon has left. */
export async function removeLinkFiles(folder: string, file?: string): Promise<void> {
  const names = file ? [path.basename(file)] : await readdir(folder).catch(() => []);
  await Promise.all(
    names.filter((name) => NAME.test(name)).map((name) => rm(path.join(folder, name), { force: true })),
  );
}
