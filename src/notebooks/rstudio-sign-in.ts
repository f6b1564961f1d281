import { constants, createPublicKey, publicEncrypt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { EzjError } from '../protocol/errors.ts';
import { askServer } from './ask-server.ts';
import type { ProbeResult, Server } from './running-server.ts';

/** Names of the field and cookie against forged requests: the current one, and that of versions up to 1.4. */
const CSRF = ['rs-csrf-token', 'csrf-token'];

/** RStudio redirects unknown agents to an error page. */
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** RStudio refuses attempts within 5 s of another one: `auth-sign-in-throttle-seconds`. */
const THROTTLE_MS = 6000;
const RETRY_MS = 500;

/** The key of 4096 bits has 1 KiB. */
const KEY_BYTES = 2 ** 13;
/** `EXPONENT:MODULUS`, hexadecimal, up to 8192 bits: a longer key would keep this process busy. */
const KEY = /^[0-9a-f]{1,8}:[0-9a-f]{128,2048}$/i;

/**
 * `error=` for a wrong password and for a user without permission. Error 2, for example from the throttle, is
 * temporary.
 */
const FINAL_ERRORS = ['1', '3'];

/** Cookies of the last sign-in at each server, by password. No two sessions share a password. */
const cookies = new Map<string, Promise<string[]>>();

/**
 * Tests whether a server is ready by signing in: no other server accepts this password. Throws `sign-in-failed` if the
 * server refuses it.
 */
export async function probeRStudio(server: Server, signal?: AbortSignal): Promise<ProbeResult> {
  const { path, statuses } = server.contract.ready;
  const key = await askServer(server, { path, bodyBytes: KEY_BYTES, signal });
  if (key === undefined || !statuses.includes(key.status)) return 'silent';
  try {
    await signIn(server);
    // A server without sign-in would accept any password.
    return (await opensWith([], server, signal)) ? 'open' : 'ready';
  } catch (error) {
    if (error instanceof EzjError) throw error;
    return 'silent';
  }
}

/**
 * Gets cookies that sign a browser in, as `Set-Cookie` lines without a domain. Reuses the cookies of the last sign-in
 * while the server accepts them. Two tabs that open at the same time share a sign-in, so neither hits the throttle. A
 * caller that disconnects does not end it for others.
 * @throws `sign-in-failed` if the server refuses the password
 */
export async function signIn(server: Server): Promise<string[]> {
  const before = cookies.get(server.token);
  const kept = await before?.catch(() => undefined);
  if (kept && (await opensWith(kept, server))) return kept;
  // Another caller has started a new sign-in already.
  const current = cookies.get(server.token);
  if (current && current !== before) return current;
  const attempt = signInAnew(server);
  cookies.set(server.token, attempt);
  return attempt;
}

/** Whether the IDE opens with these cookies, without a redirect to the sign-in. */
async function opensWith(lines: string[], server: Server, signal?: AbortSignal): Promise<boolean> {
  const headers = { cookie: lines.map((line) => line.split(';')[0]).join('; '), 'user-agent': BROWSER };
  return (await askServer(server, { path: '/', headers, signal }))?.status === 200;
}

/**
 * Submits the form of RStudio Server: user and password, encrypted with the public key of this process, and the same
 * random value as cookie and field. docs/rstudio-contract.md has the sources.
 */
async function signInAnew(server: Server): Promise<string[]> {
  const until = Date.now() + THROTTLE_MS;
  for (;;) {
    const csrf = randomUUID();
    const { location, cookies: lines } = await postForm(server, csrf);
    const error = /[?&]error=(\d{1,3})/.exec(location)?.[1];
    if (error === undefined && lines.some((line) => /^user-id=[^;]/.test(line))) return browserCookies(lines, csrf);
    if (FINAL_ERRORS.includes(error ?? '') || Date.now() > until) throw refused(server, error);
    await delay(RETRY_MS);
  }
}

/**
 * The cookies that the browser needs: the sign-in, and the value against forged requests. The page of the IDE reads
 * that value from the cookie and never creates it. Without a domain, cookies apply only to the hostname. Browsers would
 * not send `secure` cookies to a loopback port.
 */
function browserCookies(lines: string[], csrf: string): string[] {
  const missing = CSRF.filter((name) => !lines.some((line) => line.startsWith(`${name}=`)));
  const added = missing.map((name) => `${name}=${csrf}; path=/; HttpOnly`);
  return [...lines, ...added].map((line) => line.replace(/;\s*(?:domain|secure)\s*(?:=[^;]*)?(?=;|$)/gi, ''));
}

async function postForm(server: Server, csrf: string): Promise<{ location: string; cookies: string[] }> {
  const { contract, token } = server;
  const key = await askServer(server, { path: '/auth-public-key', bodyBytes: KEY_BYTES });
  if (key?.status !== 200 || !KEY.test(key.body.trim())) throw new Error('RStudio gives no key');
  const form = new URLSearchParams({
    persist: '1',
    appUri: '',
    clientPath: '/auth-sign-in',
    v: encrypt(key.body, `${contract.user ?? 'rstudio'}\n${token}`),
    ...Object.fromEntries(CSRF.map((name) => [name, csrf])),
  });
  const answer = await askServer(server, {
    method: 'POST',
    path: '/auth-do-sign-in',
    // Without `; charset`, with which RStudio would not recognize a form.
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      cookie: CSRF.map((name) => `${name}=${csrf}`).join('; '),
      'user-agent': BROWSER,
    },
    body: form.toString(),
  });
  if (answer === undefined) throw new Error('RStudio does not answer');
  return { location: answer.headers.location ?? '', cookies: answer.headers['set-cookie'] ?? [] };
}

/** Encrypts `text` with RSA and PKCS #1 v1.5, as base64. The key is `EXPONENT:MODULUS` in hexadecimal. */
function encrypt(publicKey: string, text: string): string {
  const [exponent = '', modulus = ''] = publicKey.trim().split(':');
  const [e, n] = [exponent, modulus].map((hex) =>
    Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url'),
  );
  const key = createPublicKey({ key: { kty: 'RSA', e, n }, format: 'jwk' });
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text)).toString('base64');
}

function refused({ contract, port }: Server, error: string | undefined): EzjError {
  return new EzjError({
    code: 'sign-in-failed',
    message: `RStudio on port ${port} refuses to sign ${contract.user ?? 'rstudio'} in (error ${error ?? 'unknown'}).`,
    hint: 'If the password was changed in the session, sign in with it in the browser. Or start a new session: `ezj stop`, then `ezj --rstudio`.',
  });
}
