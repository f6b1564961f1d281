import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LinkTarget } from '../../../src/daemon/pages/links.ts';
import { createPages, type Pages } from '../../../src/daemon/pages/serve-pages.ts';
import { EzjError } from '../../../src/protocol/errors.ts';
import { askWeb, postLink } from '../../environment/web.ts';

let closing: AbortController;
let pages: Pages;
let folder: string;
let foreign: string[];

function open(input: Partial<Parameters<typeof createPages>[0]> = {}): void {
  pages = createPages({ closing: closing.signal, folder, onForeign: (text) => foreign.push(text), ...input });
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  closing = new AbortController();
  folder = await mkdtemp(path.join(tmpdir(), 'ezj-'));
  foreign = [];
  open();
});

afterEach(async () => {
  closing.abort();
  await rm(folder, { recursive: true });
  vi.useRealTimers();
});

const linkTo = async (to: LinkTarget) => (await pages.createLink(to)).url;

const target: LinkTarget = {
  name: 'genome',
  origins: ['http://127.0.0.1:9001', 'http://genome.localhost:9001'],
  hostname: 'genome.localhost',
  sharesCookies: false,
  use: async (own) => ({
    location: `http://${own ? 'genome.localhost' : '127.0.0.1'}:9001/`,
    cookies: ['user-id=x; Path=/; HttpOnly'],
  }),
};

test('a link leads to the session once, with its cookies', async () => {
  const link = await linkTo(target);
  expect(await postLink(link)).toMatchObject({
    status: 303,
    headers: { location: 'http://127.0.0.1:9001/', 'set-cookie': ['user-id=x; Path=/; HttpOnly'] },
  });
  expect(await postLink(link)).toMatchObject({ status: 410, body: expect.stringContaining('ezj open genome') });
});

test('a form that was sent to the session’s own hostname is led to that', async () => {
  const link = await linkTo(target);
  const own = new URL(link).origin.replace('127.0.0.1', 'genome.localhost');
  const answer = await postLink(link, { from: new URL(link).origin, to: own });
  expect(answer).toMatchObject({ status: 303, headers: { location: 'http://genome.localhost:9001/' } });
});

test('a link ends after a minute, and its page says what to type', async () => {
  const link = await linkTo(target);
  vi.advanceTimersByTime(59_000);
  expect((await askWeb(link)).status).toBe(200);
  vi.advanceTimersByTime(1_000);
  for (const answer of [await askWeb(link), await postLink(link)]) {
    expect(answer).toMatchObject({ status: 410, body: expect.stringContaining('ezj open genome') });
    expect(answer.headers['set-cookie']).toBeUndefined();
  }
});

test('a link that never was is over, and names no session', async () => {
  const { origin } = new URL(await linkTo(target));
  const answer = await postLink(`${origin}/open/${'x'.repeat(32)}`);
  expect(answer.status).toBe(410);
  expect(answer.body).not.toContain('genome');
});

test.each([
  'evil.example',
  '127.0.0.1',
  'localhost',
  '127.0.0.1:1',
  'genome.localhost.evil.example',
])('a call that names the host %s is refused, and uses nothing up', async (host) => {
  const link = await linkTo(target);
  expect((await askWeb(link, { headers: { host } })).status).toBe(421);
  const { port } = new URL(link);
  expect((await askWeb(link, { headers: { host: `evil.example:${port}` } })).status).toBe(421);
  expect((await askWeb(link)).status).toBe(200);
});

test.each([
  undefined,
  'null',
  'https://evil.example',
  'http://127.0.0.1:1',
  'http://genome.localhost',
])('a form from the origin %s is refused, and uses nothing up', async (origin) => {
  const link = await linkTo(target);
  const refused = await askWeb(link.replace(/\/open\/.*/, '/open'), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...(origin && { origin }) },
    body: `secret=${link.split('/').at(-1)}`,
  });
  expect(refused.status).toBe(403);
  expect((await postLink(link)).status).toBe(303);
});

test.each([
  'POST',
  'PUT',
  'DELETE',
  'HEAD',
  'OPTIONS',
])('%s of a link’s page is refused, and uses nothing up', async (method) => {
  const link = await linkTo(target);
  expect((await askWeb(link, { method, headers: { origin: new URL(link).origin } })).status).toBe(405);
  expect((await askWeb(link)).status).toBe(200);
});

test('GET of the form’s address is refused', async () => {
  const { origin } = new URL(await linkTo(target));
  expect((await askWeb(`${origin}/open`)).status).toBe(405);
  expect((await askWeb(`${origin}/other`)).status).toBe(404);
});

test('a page may do what it is for and nothing else, and is kept by nobody', async () => {
  const link = await linkTo(target);
  const { headers } = await askWeb(link);
  const { origin, port } = new URL(link);
  const policy = Object.fromEntries(
    String(headers['content-security-policy'])
      .split('; ')
      .map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]),
  );
  expect(policy).toMatchObject({
    'default-src': "'none'",
    'connect-src': `http://genome.localhost:${port}`,
    'form-action': `${origin} http://genome.localhost:${port} http://127.0.0.1:9001 http://genome.localhost:9001`,
    'base-uri': "'none'",
    'frame-ancestors': "'none'",
  });
  expect(policy['script-src']).toMatch(/^'nonce-[\w+/=]+'$/);
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'origin',
    'x-content-type-options': 'nosniff',
  });
});

test('whether a hostname leads here is told to pages of the listener alone', async () => {
  const { origin, port } = new URL(await linkTo(target));
  const answer = await askWeb(`http://genome.localhost:${port}/here`);
  expect(answer).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': origin } });
});

test('the pages are there on both addresses that a name below localhost leads to', async () => {
  const { port } = new URL(await linkTo(target));
  const occupied = await new Promise<string | undefined>((resolve) => {
    const other = net.createServer().on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    other.listen({ host: '::1', port: Number(port) }, () => other.close(() => resolve(undefined)));
  });
  // Or this machine has no IPv6, and nobody can be there.
  expect(['EADDRINUSE', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']).toContain(occupied);
});

test('a session that cannot be opened any more says why, in text that is no HTML', async () => {
  const link = await linkTo({
    ...target,
    use: async () => {
      throw new EzjError({ code: 'session-not-found', message: 'It is <gone>.', hint: 'ezj /a&b' });
    },
  });
  expect(await postLink(link)).toMatchObject({
    status: 404,
    body: expect.stringMatching(/It is &#60;gone&#62;\.[\s\S]*ezj \/a&#38;b/),
  });
});

test('where others would be signed out, a person decides', async () => {
  const { hostname: _, ...plain } = target;
  for (const each of [target, plain]) {
    const { body } = await askWeb(await linkTo({ ...each, sharesCookies: true }));
    expect(body).toContain('signs you out of the others');
  }
  const { body } = await askWeb(await linkTo({ ...plain, sharesCookies: true }));
  expect(body).not.toContain('submit()');
});

test('a session that needs no hostname of its own is opened without asking for one', async () => {
  const { hostname: _, ...plain } = target;
  const { body, headers } = await askWeb(await linkTo(plain));
  expect(body).not.toContain('localhost');
  expect(headers['content-security-policy']).toContain("connect-src 'none'");
});

test('another user who asks for a link is refused and reported, and the link stays good', async () => {
  open({ peer: async () => ({ uid: 1234 }) });
  const { url } = await pages.createLink(target);
  for (const answer of [await askWeb(url), await postLink(url)]) {
    expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('belongs to another user') });
    expect(answer.headers.location).toBeUndefined();
  }
  expect(foreign).toEqual(
    Array(2).fill(expect.stringMatching(/uid 1234\) asked for your link to genome\. ezj refused/)),
  );
});

test('a user who guesses is refused, and nothing is reported', async () => {
  open({ peer: async () => ({ uid: 1234 }) });
  const { origin } = new URL(await linkTo(target));
  expect((await postLink(`${origin}/open/${'x'.repeat(32)}`)).status).toBe(403);
  expect(foreign).toEqual([]);
});

test('where the system does not tell users apart, the browser gets a file that only the user can read, until the link ends', async () => {
  open({ needsFile: async () => true });
  const { url, file = '' } = await pages.createLink(target);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).toContain(`content="0;url=${url}"`);
  expect((await postLink(url)).status).toBe(303);
  await vi.waitFor(async () => expect(await readdir(folder)).toEqual([]));
});
