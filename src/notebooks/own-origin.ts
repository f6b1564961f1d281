import { EzjError } from '../protocol/errors.ts';
import type { Server } from './running-server.ts';

/**
 * The origin of a session's server, `http://HOST:PORT`.
 * @throws `server-foreign` if address and port do not make one
 */
export function originOf({ address, port }: Pick<Server, 'address' | 'port'>): string {
  const text = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Anything else than host and port in it would be in front of, or behind, the host.
  if (url === undefined || url.href !== `${url.origin}/` || !/^[\w.:[\]-]+$/.test(url.host)) throw foreign(text);
  return url.origin;
}

/**
 * The URL of a path on a session's server. Parts of the path come from the session.
 * @throws `server-foreign` if the path leads elsewhere
 */
export function ownUrl(server: Pick<Server, 'address' | 'port'>, path: string): string {
  const origin = originOf(server);
  const url = URL.canParse(`${origin}${path}`) ? new URL(`${origin}${path}`) : undefined;
  if (url?.origin !== origin || url.username !== '' || url.password !== '') throw foreign(path);
  return url.href;
}

function foreign(text: string): EzjError {
  return new EzjError({
    code: 'server-foreign',
    message: `The server of the session names ${JSON.stringify(text.slice(0, 200))} as its address, which is not its own.`,
    hint: 'Do not trust this session: `ezj stop --discard` ends it.',
  });
}

const MOST_CHARACTERS = 256;

/** A segment of a path: letters, digits and what URLs keep as it is, or a percent-encoded character. */
const SEGMENT = /^(?:[\w.~!$&'()*+,;=:@-]|%[0-9a-f]{2})+$/i;

/** Whether a text from a session is a base path: absolute, with a slash at both ends, without `..` in any form. */
export function isBasePath(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > MOST_CHARACTERS || !/^\/.*\/$|^\/$/.test(text)) return false;
  return text === '/' || text.slice(1, -1).split('/').every(isSafeSegment);
}

function isSafeSegment(segment: string): boolean {
  // Browsers and servers decode `%2e` and `%2f` at different times.
  return SEGMENT.test(segment) && !/%(?:[01][0-9a-f]|2[ef]|5c|7f)/i.test(segment) && !/^\.{1,2}$/.test(segment);
}

/** Whether a text from a session can be a token: visible ASCII characters that no URL, header or page takes apart. */
export function isToken(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MOST_CHARACTERS && /^[\w.~!$*+,;=:@/-]+$/.test(text);
}
