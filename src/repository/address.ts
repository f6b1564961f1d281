import { fileURLToPath } from 'node:url';
import { readPage } from './page.ts';
import { checkRef } from './ref.ts';
import { decode, refused } from './refused-address.ts';
import type { Credentials, Repository } from './repository.ts';

/**
 * Parses the address of a repository: `https://…`, `ssh://…`, `git://…`, `file:///…` or `user@host:path`, each with an optional `@REF`
 * at the end, or the page of a branch or file on a forge. `folder` is a repository of this machine.
 * @throws `usage`, without a password in the message
 */
export function parseRepository(source: { address: string } | { folder: string; ref?: string }): Repository {
  const parsed = 'folder' in source ? localRepository(source) : parseAddress(source.address);
  for (const ref of [parsed.ref, parsed.page?.words[0]]) if (ref !== undefined) checkRef(ref);
  return { ...parsed, name: nameOf(parsed) };
}

type Parsed = Omit<Repository, 'name'>;

function parseAddress(address: string): Parsed {
  return /^[\w.+-]+@/.test(address) ? parseScp(address) : parseUrl(address);
}

function parseUrl(address: string): Parsed {
  if (!URL.canParse(address) || !address.includes('://'))
    throw refused(address, 'ezj does not pass such an address to git');
  const url = new URL(address);
  const protocol = url.protocol.slice(0, -1);
  if (protocol === 'file') return parseFile(url, address);
  if (!/^[\w[]/.test(url.hostname)) throw refused(address, 'it names no host');
  if (/^\/*$/.test(url.pathname)) throw refused(address, 'it names no path');
  if (protocol === 'https' || protocol === 'http') return parseWeb(url, { address, protocol });
  if (protocol !== 'ssh' && protocol !== 'git') throw refused(address, `${protocol}:// is not accepted`);
  if (url.password || !/^(\w[\w.+-]*)?$/.test(url.username)) {
    throw refused(address, `only a user name can come before the host of ${protocol}://`);
  }
  const { location, ref } = splitRef(url.pathname);
  const user = url.username && `${url.username}@`;
  return {
    url: `${protocol}://${user}${url.host}${withoutSlash(location)}`,
    protocol,
    ref: ref && decode(ref, address),
  };
}

function parseWeb(url: URL, { address, protocol }: { address: string; protocol: 'https' | 'http' }): Parsed {
  const page = readPage(url.pathname);
  const { location, ref } = page ? { location: page.repository } : splitRef(url.pathname);
  return {
    url: `${protocol}://${url.host}${withoutSlash(location)}`,
    protocol,
    credentials: credentialsOf(url, address),
    ref: ref && decode(ref, address),
    page,
  };
}

function parseFile(url: URL, address: string): Parsed {
  if (url.host || url.search || url.hash) throw refused(address, 'expected file:///PATH');
  const { location, ref } = splitRef(fileURLToPath(url));
  return localRepository({ folder: location, ref });
}

function localRepository({ folder, ref }: { folder: string; ref?: string }): Parsed {
  return { url: folder, protocol: 'file', ref };
}

function parseScp(address: string): Parsed {
  const [, host, location = ''] = /^(\w[\w.+-]*@(?:\w[\w.-]*|\[[\da-f:]+\])):([^-].*)$/i.exec(address) ?? [];
  if (host === undefined) throw refused(address, 'expected USER@HOST:PATH');
  const split = splitRef(location);
  return { url: `${host}:${withoutSlash(split.location)}`, protocol: 'ssh', ref: split.ref };
}

function withoutSlash(location: string): string {
  return location.replace(/\/+$/, '');
}

/** Splits at the first `@` that does not begin a part of the path: a tag may contain one (`pkg@1.0`), and a user's page begins with one. */
function splitRef(location: string): { location: string; ref?: string } {
  const match = /^(.*?[^/])@(.*)$/s.exec(location);
  return match ? { location: match[1] ?? '', ref: match[2] } : { location };
}

function credentialsOf({ username, password }: URL, argument: string): Credentials | undefined {
  if (!username && !password) return undefined;
  return { user: decode(username, argument), password: password ? decode(password, argument) : undefined };
}

function nameOf({ url, protocol }: Parsed): string {
  const last = url.split(/[/:]/).at(-1) ?? '';
  const name = (protocol === 'file' ? last : decode(last, url)).replace(/\.git$/, '');
  if (/^[^-/\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*$/.test(name) && !/^\.+$/.test(name)) return name;
  throw refused(url, 'its last part cannot be the name of a folder');
}
