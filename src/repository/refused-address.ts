import { EzjError } from '../protocol/errors.ts';

/** An address without user and password, for messages. */
export function withoutCredentials(address: string): string {
  return address.replace(/(:\/\/)[^/?#]*@/, '$1');
}

/** The error for an invalid or unsupported address. */
export function refused(address: string, why: string): EzjError {
  return new EzjError({
    code: 'usage',
    message: `${withoutCredentials(address)} is not the address of a repository: ${why}`,
    hint: 'https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH, or the path of a bare repository; add @REF for a branch, tag or commit',
  });
}

/** Decodes `%20` and the like in a part of an address. Throws `usage`. */
export function decode(text: string, argument: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused(argument, 'a % in it is not followed by two digits');
  }
}
