import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readNamed } from '../../../src/environments/files/named-files.ts';
import { isTooDeep } from '../../../src/parsing/now-parsing.ts';
import { createParser } from '../../../src/parsing/parser.ts';
import { withBuffers } from '../../../src/parsing/with-buffers.ts';
import { withoutFiles } from '../../../src/project-files/read.ts';

/** Speaks with a parser as its own thread does, and does what an order names. */
const THREAD = `
  const { parentPort, threadId } = require('node:worker_threads');
  const orders = {
    echo: (value) => value,
    thread: () => threadId,
    forever: () => { for (;;); },
    slowExpression: () => /^(a+)+$/.test('a'.repeat(60) + 'b'),
    text: () => { const all = []; for (;;) all.push(Buffer.alloc(2e7, 97).toString('latin1')); },
    list: () => { const all = []; for (let i = 0; ; i++) all.push({ i }); },
    buffers: () => { const all = []; for (;;) all.push(Buffer.alloc(1e7, 1)); },
    end: () => process.exit(3),
    fail: () => { throw new Error('broken'); },
  };
  parentPort.on('message', ({ name, args }) => {
    parentPort.postMessage({ file: 'the/file' });
    try { parentPort.postMessage({ value: orders[name](...args) }); }
    catch ({ message }) { parentPort.postMessage({ error: { code: 'internal', message } }); }
  });
`;

let folder: string;
let thread: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ezj-parser-'));
  thread = path.join(folder, 'thread.cjs');
  await writeFile(thread, THREAD);
});
afterEach(() => rm(folder, { recursive: true }));

const MB = 2 ** 20;

test('an order has the answer of its thread, and the next ones get the same thread', async () => {
  const { run } = createParser(thread);
  const content = Buffer.from('content');
  const file = { path: 'a', content };
  const [answer, ...threads] = await Promise.all([
    run('echo', [{ files: [file, file] }]),
    run('thread', []),
    run('thread', []),
  ]);
  expect(answer).toEqual({ files: [file, file] });
  const { files } = answer as { files: (typeof file)[] };
  expect(files[0]).toBe(files[1]);
  expect(files[0]?.content.toString('base64')).toBe(content.toString('base64'));
  expect(new Set(threads).size).toBe(1);
  await expect(run('fail', [])).rejects.toThrow('broken');
});

test.each([
  'forever',
  'slowExpression',
])('an order without an end (%s) ends at the deadline with the name of its file', async (name) => {
  const { run } = createParser(thread, { deadlineMs: 1500 });
  const [failing, next] = [run(name, []), run('echo', [1])];
  await expect(failing).rejects.toMatchObject({
    code: 'environment-invalid',
    message: 'the/file: reading it takes more than 1.5 seconds',
  });
  // The thread is a new one.
  expect(await next).toBe(1);
});

test.each([
  'text',
  'list',
  'buffers',
])('an order that takes all memory (%s) ends with the name of its file', async (name) => {
  const { run } = createParser(thread, { mostBytes: 200 * MB });
  const [failing, next] = [run(name, []), run('echo', [1])];
  await expect(failing).rejects.toMatchObject({ message: 'the/file: reading it takes more than 200 MB of memory' });
  expect(await next).toBe(1);
});

test('a thread that ends fails its order only', async () => {
  const { run } = createParser(thread);
  const [failing, next] = [run('end', []), run('echo', [1])];
  await expect(failing).rejects.toMatchObject({ code: 'internal' });
  expect(await next).toBe(1);
});

test('work without files fails at the first one that is there', async () => {
  expect(await withoutFiles(() => readNamed(folder, 'none'))).toBeUndefined();
  await expect(withoutFiles(() => readNamed(folder, 'thread.cjs'))).rejects.toThrow();
  expect(await readNamed(folder, 'thread.cjs')).toBeDefined();
});

test('values of many levels are found without going down each of them', () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = i % 2 ? [deep] : { deep };
  expect([isTooDeep(deep), isTooDeep({ a: [{ b: null }] }), isTooDeep(1)]).toEqual([true, false, false]);
});

test('bytes become buffers again, whatever they are in', () => {
  const bytes = new Uint8Array([104, 105]);
  expect(withBuffers({ a: [bytes] })).toEqual({ a: [Buffer.from('hi')] });
});
