import { EzjError } from '../protocol/errors.ts';
import type { SignInCredentials } from '../protocol/session.ts';
import type { Access } from './open-session.ts';

/**
 * The user and password for the sign-in form of a session.
 * @throws `usage` if its URL contains a token instead
 */
export function credentialsOf({ server: { contract, token }, access: { session, url } }: Access): SignInCredentials {
  if (contract.signIn === 'rstudio') return { url, user: contract.user ?? '', password: token };
  throw new EzjError({
    code: 'usage',
    message: `${session.name} has no user name and password: its URL contains a token.`,
    hint: `ezj url ${session.name}`,
  });
}
