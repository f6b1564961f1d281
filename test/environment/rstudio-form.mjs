// RStudio Server's sign-in form as its own page sends it, for tests and benchmarks. Written from docs/rstudio-contract.md, without the product.
import { constants, createPublicKey, publicEncrypt, randomUUID } from 'node:crypto';

/** A browser that RStudio knows. */
export const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** The request that signs in, with the key that `/auth-public-key` gives. */
export function signInRequest(publicKey, { user, password }) {
  const [e = '', n = ''] = publicKey
    .trim()
    .split(':')
    .map((hex) => Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url'));
  const key = createPublicKey({ key: { kty: 'RSA', e, n }, format: 'jwk' });
  const v = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(`${user}\n${password}`));
  const csrf = randomUUID();
  const names = ['rs-csrf-token', 'csrf-token'];
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': BROWSER,
      cookie: names.map((name) => `${name}=${csrf}`).join('; '),
    },
    body: new URLSearchParams({
      persist: '0',
      appUri: '',
      clientPath: '/auth-sign-in',
      v: v.toString('base64'),
      ...Object.fromEntries(names.map((name) => [name, csrf])),
    }).toString(),
  };
}
