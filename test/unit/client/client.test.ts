import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Client, openClient } from '../../../src/client/client.ts';
import { encodeFrame } from '../../../src/protocol/frames.ts';
import { daemonPaths } from '../../../src/protocol/paths.ts';

const STEP = { type: 'step', text: 'Working' };
const STOP = { force: false, discard: false };
const FAILURE = { code: 'image-not-found', message: 'No image.' };

let folder: string;
let server: net.Server;
let calls: string[];
let client: Client;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ezj-client-'));
  calls = [];
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Stands in for the daemon: answers each call with this function. */
async function serve(handle: (request: IncomingMessage, answer: ServerResponse) => void): Promise<void> {
  const answering = http.createServer((request, answer) => {
    calls.push(`${request.method} ${request.url}`);
    handle(request, answer);
  });
  await listen(answering);
}

/** Writes these pieces to each connection. Each goes out by itself, once the one before has. */
async function serveBytes(pieces: string[], { end }: { end: boolean }): Promise<void> {
  const answering = net.createServer(async (socket) => {
    await once(socket, 'data');
    for (const piece of pieces) await new Promise<unknown>((resolve) => socket.write(piece, 'latin1', resolve));
    if (end) socket.end();
  });
  await listen(answering);
}

async function listen(answering: net.Server): Promise<void> {
  const paths = daemonPaths({ EZJ_STATE_DIR: folder });
  server = answering;
  await once(server.listen(paths.socket), 'listening');
  client = openClient(paths);
}

const asLines = (...events: unknown[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');

test('call fills in the route, and gives the answer', async () => {
  await serve((_, answer) => answer.end('{"key":"k","value":1}'));
  expect(await client.call('GET /v1/config/:key', { params: { key: 'a/b' } })).toEqual({ key: 'k', value: 1 });
  expect(calls).toEqual(['GET /v1/config/a%2Fb']);
});

test("call throws the daemon's error", async () => {
  await serve((_, answer) => answer.writeHead(404).end(JSON.stringify(FAILURE)));
  await expect(client.call('GET /v1/sessions', { query: {} })).rejects.toMatchObject(FAILURE);
});

test('an answer may come in pieces, and its letters in halves', async () => {
  const bytes = Buffer.from('{"value":"é"}').toString('latin1');
  await serveBytes(['HT', 'TP/1.1 200 OK\r\nContent-Length: 14\r', `\n\r\n${bytes}`], { end: true });
  expect(await client.call('GET /v1/hello', {})).toEqual({ value: 'é' });
});

test.each([
  ['before its head ends', 'HTTP/1.1 200 OK\r\n'],
  ['in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}'],
])('an answer that is cut off %s means that the daemon has ended', async (_, bytes) => {
  await serveBytes([bytes], { end: true });
  const stopping = client.call('POST /v1/sessions/:name/stop', { params: { name: 'a' }, body: STOP });
  await expect(stopping).rejects.toMatchObject({ code: 'daemon-gone' });
});

test('a program that is not the daemon is named, although it does not hang up', async () => {
  await serveBytes(['220 mail\r\n'], { end: false });
  await expect(client.call('GET /v1/hello', {})).rejects.toMatchObject({
    code: 'daemon-not-started',
    message: expect.stringContaining('is not the ezj daemon'),
  });
});

test('follow reports progress, and gives the result', async () => {
  await serve((_, answer) => answer.end(asLines(STEP, { type: 'done', result: { reference: 'i' } })));
  const reported: unknown[] = [];
  const parts = { body: { reference: 'i' } };
  const image = await client.follow('POST /v1/images/pull', parts, { report: (event) => reported.push(event) });
  expect(image).toEqual({ reference: 'i' });
  expect(reported).toEqual([STEP]);
});

test.each([
  ['an error', asLines(STEP, { type: 'error', error: FAILURE }), FAILURE],
  ['no result', asLines(STEP), { code: 'daemon-gone' }],
])('follow throws if an answer ends with %s', async (_, lines, error) => {
  await serve((_, answer) => answer.end(lines));
  const following = client.follow('POST /v1/images/pull', { body: { reference: 'i' } }, { report: () => {} });
  await expect(following).rejects.toMatchObject(error);
});

test('follow hangs up when its signal fires', async () => {
  let hungUp: Promise<unknown> | undefined;
  await serve((_, answer) => {
    hungUp = once(answer, 'close');
    answer.write(asLines(STEP));
  });
  const cancel = new AbortController();
  const options = { report: () => cancel.abort(), signal: cancel.signal };
  const following = client.follow('POST /v1/images/pull', { body: { reference: 'i' } }, options);
  await expect(following).rejects.toMatchObject({ code: 'cancelled' });
  await hungUp;
});

test('an upload goes to a daemon that has answered before', async () => {
  let uploaded = '';
  await serve(async (request, answer) => {
    if (request.method === 'GET') return answer.end('{}');
    uploaded = await text(request);
    answer.end(asLines({ type: 'done', result: { image: 'i' } }));
  });
  const options = { report: () => {}, bytes: Readable.from([Buffer.from('archive')]) };
  const imported = await client.follow('POST /v1/environment/import', { query: { project: '/p' } }, options);
  expect([imported, uploaded]).toEqual([{ image: 'i' }, 'archive']);
  expect(calls).toEqual(['GET /v1/hello', 'POST /v1/environment/import?project=%2Fp']);
});

test('receive passes bytes on, and gives the result', async () => {
  await serve((_, answer) => {
    answer.write(encodeFrame({ data: Buffer.from('tar') }));
    answer.end(encodeFrame({ event: { type: 'done', result: { image: 'i' } } }));
  });
  const written: string[] = [];
  const write = async (data: Buffer) => void written.push(data.toString());
  const body = { project: '/p' };
  const exported = await client.receive('POST /v1/environment/export', { body }, { report: () => {}, write });
  expect([exported, written]).toEqual([{ image: 'i' }, ['tar']]);
});

test('text gives a stream, or throws', async () => {
  await serve((request, answer) =>
    answer.writeHead(request.url?.includes('tail') ? 404 : 200).end(JSON.stringify(FAILURE)),
  );
  const route = 'GET /v1/sessions/:name/logs';
  const log = await client.text(route, { params: { name: 'a' }, query: { follow: false } });
  expect(await text(log)).toBe(JSON.stringify(FAILURE));
  await expect(client.text(route, { params: { name: 'a' }, query: { follow: false, tail: 1 } })).rejects.toMatchObject(
    FAILURE,
  );
});

test('hello starts no daemon', async () => {
  await serve((_, answer) => answer.end('{"pid":1}'));
  expect(await client.hello()).toEqual({ pid: 1 });
  server.close();
  await once(server, 'close');
  expect(await client.hello()).toBeUndefined();
});
