import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { probeRStudio, signIn } from '../../../src/notebooks/rstudio-sign-in.ts';
import type { Server } from '../../../src/notebooks/running-server.ts';
import { JUPYTER } from '../../../src/notebooks/server-contract.ts';

let publicKey: string;

beforeAll(() => {
  const modulus = execFileSync('openssl', ['rsa', '-noout', '-modulus'], {
    input: execFileSync('openssl', ['genrsa', '2048'], { stdio: ['ignore', 'pipe', 'ignore'] }),
  });
  publicKey = `010001:${modulus.toString().trim().replace('Modulus=', '')}`;
});

interface Behaviour {
  /** `error=` of each try, in order; then none. */
  errors?: (string | undefined)[];
  /** The IDE opens for whoever comes. */
  isOpen?: boolean;
  /** The answer to a sign-in has no cookie against forged requests. */
  plain?: boolean;
}

/** Answers as RStudio's sign-in does, and counts. */
async function standIn({ errors = [], isOpen = false, plain = false }: Behaviour = {}) {
  const seen = { keys: 0, tries: 0, forms: [] as URLSearchParams[] };
  const listener = http.createServer(async (request, response) => {
    if (request.url === '/auth-public-key') {
      seen.keys += 1;
      return void response.end(publicKey);
    }
    if (request.url === '/auth-do-sign-in') {
      const form = new URLSearchParams(await text(request));
      seen.forms.push(form);
      const error = errors[seen.tries];
      seen.tries += 1;
      if (error) return void response.writeHead(302, { location: `/auth-sign-in?appUri=&error=${error}` }).end();
      const csrf = plain ? [] : [`rs-csrf-token=${form.get('rs-csrf-token')}; path=/; HttpOnly`];
      const cookie = ['user-id=ann|x|y; path=/; HttpOnly; Secure; Domain=127.0.0.1', ...csrf];
      return void response.writeHead(302, { location: '/', 'set-cookie': cookie }).end();
    }
    const isIn = isOpen || request.headers.cookie?.includes('user-id=ann');
    response.writeHead(isIn ? 200 : 302).end();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void listener.close());
  const { port } = listener.address() as AddressInfo;
  const contract = {
    ...JUPYTER,
    port: 8787,
    signIn: 'rstudio' as const,
    user: 'ann',
    ready: { path: '/auth-public-key', statuses: [200] },
  };
  const server: Server = { address: '127.0.0.1', port, basePath: '/', token: randomBytes(8).toString('hex'), contract };
  return { server, seen };
}

test('two that sign in at once get the cookies of one sign-in', async () => {
  const { server, seen } = await standIn();
  const [first, second] = await Promise.all([signIn(server), signIn(server)]);
  expect(second).toEqual(first);
  expect(seen.tries).toBe(1);
});

test('cookies are kept as long as the server takes them', async () => {
  const { server, seen } = await standIn();
  const first = await signIn(server);
  expect(await signIn(server)).toEqual(first);
  expect(seen.tries).toBe(1);
});

test('a server that is in a hurry is tried again, each time with its newest key', async () => {
  const { server, seen } = await standIn({ errors: ['2', '2'] });
  expect(await signIn(server)).toContainEqual(expect.stringContaining('user-id=ann'));
  expect(seen).toMatchObject({ tries: 3, keys: 3 });
});

test.each(['1', '3'])('error %s is final', async (error) => {
  const { server, seen } = await standIn({ errors: [error] });
  await expect(signIn(server)).rejects.toMatchObject({
    code: 'sign-in-failed',
    message: expect.stringContaining('ann'),
  });
  expect(seen.tries).toBe(1);
  // It may have been mended since.
  expect(await signIn(server)).toContainEqual(expect.stringContaining('user-id=ann'));
});

test('the browser gets the cookie against forged requests too, on this hostname alone, and over plain http', async () => {
  for (const plain of [false, true]) {
    const { server, seen } = await standIn({ plain });
    const lines = await signIn(server);
    expect(lines).toContainEqual('user-id=ann|x|y; path=/; HttpOnly');
    expect(lines).toContainEqual(`rs-csrf-token=${seen.forms[0]?.get('rs-csrf-token')}; path=/; HttpOnly`);
  }
});

test('ready is a server that signs ezj in and nobody else', async () => {
  expect(await probeRStudio((await standIn()).server)).toBe('ready');
  expect(await probeRStudio((await standIn({ isOpen: true })).server)).toBe('open');
  expect(await probeRStudio({ ...(await standIn()).server, port: 1 })).toBe('silent');
});
