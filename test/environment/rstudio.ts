import { constants, createPublicKey, publicEncrypt, randomUUID } from 'node:crypto';
import { ensureRstudioImage, type Generation } from './stand-in-rstudio.ts';
import { askWeb, type WebAnswer } from './web.ts';

/** A browser that RStudio knows. */
export const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** The image that tests of RStudio run on: the stand-in, or a real one that `EZJ_TEST_RSTUDIO` names. */
export async function rstudioImage(generation: Generation = 'current'): Promise<string> {
  return process.env.EZJ_TEST_RSTUDIO || ensureRstudioImage(generation);
}

/** Cookies as a browser sends them back. */
export function cookieHeader({ headers }: WebAnswer): string {
  return (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
}

/** Whether the IDE opens with these cookies, and does not send to the sign-in. */
export async function isSignedIn(url: string, cookie: string): Promise<boolean> {
  return (await askWeb(url, { headers: { cookie, 'user-agent': BROWSER } })).status === 200;
}

/** Types user and password into RStudio's own form, again where it answers that the last try was a moment ago. */
export async function typePassword(url: string, credentials: { user: string; password: string }): Promise<WebAnswer> {
  for (;;) {
    const answer = await submitForm(url, credentials);
    if (!/[?&]error=2/.test(String(answer.headers.location))) return answer;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function submitForm(url: string, { user, password }: { user: string; password: string }): Promise<WebAnswer> {
  const { body: key } = await askWeb(new URL('/auth-public-key', url).href);
  const [e = '', n = ''] = key
    .trim()
    .split(':')
    .map((hex) => Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url'));
  const publicKey = createPublicKey({ key: { kty: 'RSA', e, n }, format: 'jwk' });
  const v = publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_PADDING },
    Buffer.from(`${user}\n${password}`),
  );
  const csrf = randomUUID();
  return askWeb(new URL('/auth-do-sign-in', url).href, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': BROWSER,
      cookie: `rs-csrf-token=${csrf}; csrf-token=${csrf}`,
    },
    body: new URLSearchParams({
      persist: '0',
      appUri: '',
      clientPath: '/auth-sign-in',
      v: v.toString('base64'),
      'rs-csrf-token': csrf,
      'csrf-token': csrf,
    }).toString(),
  });
}
