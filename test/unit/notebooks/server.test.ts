import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Server } from '../../../src/notebooks/running-server.ts';
import { lastActivity, pageUrl, probeServer } from '../../../src/notebooks/server.ts';
import { JUPYTER, type ServerContract } from '../../../src/notebooks/server-contract.ts';

const contract: ServerContract = { ...JUPYTER, port: 8888 };
const server: Server = { address: '127.0.0.1', port: 9000, basePath: '/', token: 'abc', contract };

/** A server that answers each request with the status that `answer` gives for it. */
async function serverThat(answer: (request: http.IncomingMessage) => number, body = ''): Promise<number> {
  const listener = http.createServer((request, response) => response.writeHead(answer(request)).end(body));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void listener.close());
  return (listener.address() as AddressInfo).port;
}

test('a URL opens a file whatever its name', () => {
  expect(pageUrl(server)).toBe('http://127.0.0.1:9000/lab?token=abc');
  expect(pageUrl(server, 'année #1/a b?.ipynb')).toBe(
    'http://127.0.0.1:9000/lab/tree/ann%C3%A9e%20%231/a%20b%3F.ipynb?token=abc',
  );
  expect(pageUrl({ ...server, address: '::1' })).toBe('http://[::1]:9000/lab?token=abc');
  expect(pageUrl({ ...server, basePath: '/user/ann/' })).toBe('http://127.0.0.1:9000/user/ann/lab?token=abc');
});

test('a kind without pages for files is opened on its page, whatever the file', () => {
  const plain = { ...contract, url: '/?key={token}', fileUrl: undefined };
  expect(pageUrl({ ...server, token: 'a&b', contract: plain }, 'x.ipynb')).toBe('http://127.0.0.1:9000/?key=a%26b');
});

test('a server that takes the token and no other is ready', async () => {
  const port = await serverThat(({ headers }) => (headers.authorization === 'token abc' ? 200 : 403));
  expect(await probeServer({ ...server, port })).toBe('ready');
  expect(await probeServer({ ...server, port, token: 'other' })).toBe('refused');
});

test('a server that takes any token is open', async () => {
  expect(await probeServer({ ...server, port: await serverThat(() => 200) })).toBe('open');
});

test('a server that is meant to be open is ready', async () => {
  const open: ServerContract = { ...contract, signIn: 'none', ready: { path: '/', statuses: [204] } };
  expect(await probeServer({ ...server, contract: open, port: await serverThat(() => 204) })).toBe('ready');
});

test('what answers with an error of its own, or not at all, is silent', async () => {
  expect(await probeServer({ ...server, port: await serverThat(() => 503) })).toBe('silent');
  expect(await probeServer({ ...server, port: 1 })).toBe('silent');
});

test('the token stands where the kind wants it, in the path or in a header', async () => {
  const inPath: ServerContract = { ...contract, ready: { path: '/?access={token}', statuses: [200] } };
  const port = await serverThat(({ url }) => (url === '/?access=a%20b' ? 200 : 401));
  expect(await probeServer({ ...server, port, token: 'a b', contract: inPath })).toBe('ready');
});

test('a server tells when it was last used, or nothing is known', async () => {
  const body = JSON.stringify({ last_activity: '2026-01-02T03:04:05.678901Z' });
  const port = await serverThat(({ headers }) => (headers.authorization === 'token abc' ? 200 : 403), body);
  expect(await lastActivity({ ...server, port })).toBe('2026-01-02T03:04:05.678Z');
  expect(await lastActivity({ ...server, port, token: 'other' })).toBeUndefined();
  expect(await lastActivity({ ...server, port: await serverThat(() => 200, 'no JSON') })).toBeUndefined();
  expect(await lastActivity({ ...server, port, contract: { ...contract, activity: undefined } })).toBeUndefined();
});
