import { readFile } from 'node:fs/promises';

const PUBLIC_MIRROR = 'http://deb.debian.org/debian';

/** The mirror that this machine's own apt uses, where it is a Debian; the public one otherwise. */
export async function debianMirror(): Promise<string> {
  for (const file of ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const mirror = /^(?:URIs:|deb(?: \[[^\]]*\])?)\s+(https?:\/\/\S*\/debian)\/?(?:\s|$)/m.exec(text)?.[1];
    if (mirror) return mirror;
  }
  return PUBLIC_MIRROR;
}
