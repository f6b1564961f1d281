import { readFile } from 'node:fs/promises';

const PUBLIC_MIRROR = 'http://deb.debian.org/debian';

/** The mirror of this machine's apt if it runs Debian, otherwise the public mirror. */
export async function debianMirror(): Promise<string> {
  for (const file of ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const mirror = /^(?:URIs:|deb(?: \[[^\]]*\])?)\s+(https?:\/\/\S*\/debian)\/?(?:\s|$)/m.exec(text)?.[1];
    if (mirror) return mirror;
  }
  return PUBLIC_MIRROR;
}
