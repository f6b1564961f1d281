import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { expect, onTestFinished, test } from 'vitest';
import { createDockerEngine } from '../../../src/engine/docker-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';

type Answer = (response: http.ServerResponse, path: string) => void;

/** An engine whose answers a container decides. */
async function engineThat(answer: Answer): Promise<Engine> {
  const server = http.createServer((request, response) => {
    request.resume();
    response.on('error', () => {});
    answer(response, request.url ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return createDockerEngine({ host: `tcp://127.0.0.1:${port}`, source: 'a test', env: {}, homeDir: '/nowhere' });
}

/** Writes until the reader is gone. */
function writeWithoutEnd(response: http.ServerResponse, chunk: Buffer): void {
  const more = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

function frame(text: string): Buffer {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

const CHANGES = Buffer.from(Array(1000).fill('{"Path":"/opt/x","Kind":1}').join(','));

test('an answer without an end is an error and takes no more memory than its limit', async () => {
  const engine = await engineThat((response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('[');
    writeWithoutEnd(response, CHANGES);
  });
  const before = process.memoryUsage().rss;
  await expect(engine.listContainers([])).rejects.toMatchObject({
    code: 'answer-too-long',
    message: "The engine's answer to /containers/json is longer than 32 MiB.",
  });
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20);
});

test('an error without an end is cut too', async () => {
  const engine = await engineThat((response) => {
    response.writeHead(500);
    writeWithoutEnd(response, Buffer.alloc(2 ** 16, 'x'));
  });
  await expect(engine.listImages([])).rejects.toMatchObject({ code: 'answer-too-long' });
});

test('an answer within the limit passes as it is, and so do an error and an empty answer', async () => {
  const engine = await engineThat((response, path) => {
    if (path.startsWith('/containers/json')) response.end('[{"Id":"a","State":"running"}]');
    else if (path.startsWith('/images/json')) response.writeHead(500).end('{"message":"it is broken"}');
    else response.writeHead(204).end();
  });
  expect(await engine.listContainers([])).toMatchObject([{ id: 'a', state: 'running' }]);
  await expect(engine.listImages([])).rejects.toMatchObject({ message: 'Could not list images: it is broken' });
  await engine.removeVolume('v');
});

/** Answers an exec with `said`, without an end. */
const execThat = (said: (response: http.ServerResponse) => void) =>
  engineThat((response, path) => {
    if (path.includes('/start')) said(response.writeHead(200));
    else if (path.includes('/json')) response.end('{"Running":false,"ExitCode":0}');
    else response.writeHead(201).end('{"Id":"e"}');
  });

test('a command that prints without an end is an error, or keeps the end of what it may print', async () => {
  const engine = await execThat((response) => writeWithoutEnd(response, frame('y\n'.repeat(5000))));
  await expect(engine.exec('c', { cmd: ['yes'] })).rejects.toMatchObject({
    code: 'answer-too-long',
    message: 'The output of yes in the container c is longer than 1 MiB.',
  });
  const quiet = await execThat((response) => response.end(frame(`${'x'.repeat(2000)}the end`)));
  expect(await quiet.exec('c', { cmd: ['cat'], keepBytes: 7 })).toEqual({ exitCode: 0, output: 'the end' });
});

test('a piece of output that claims to be huge is an error, not a reason to wait', async () => {
  const engine = await execThat((response) => response.write(Buffer.from([1, 0, 0, 0, 255, 255, 255, 255, 1])));
  await expect(engine.exec('c', { cmd: ['x'] })).rejects.toMatchObject({ code: 'answer-too-long' });
});

test('a file of a container is read up to its limit, and only if it is a regular file', async () => {
  const fileOf = (header: Parameters<ReturnType<typeof pack>['entry']>[0], content = '') =>
    engineThat((response) => {
      const tar = pack();
      tar.entry(header, content);
      tar.finalize();
      Readable.from(tar)
        .toArray()
        .then((chunks) => response.end(Buffer.concat(chunks)));
    }).then((engine) => engine.readFile('c', '/etc/passwd'));
  await expect(fileOf({ name: 'passwd', size: 3 }, 'abc')).resolves.toEqual(Buffer.from('abc'));
  await expect(fileOf({ name: 'passwd', type: 'symlink', linkname: '/etc/shadow' })).resolves.toBeUndefined();
  await expect(fileOf({ name: 'passwd', size: 2 ** 20 + 1 }, 'x'.repeat(2 ** 20 + 1))).rejects.toMatchObject({
    code: 'answer-too-long',
    message: 'The file /etc/passwd in the container c is longer than 1 MiB.',
  });
});

test('a line without an end in an answer of many lines is an error', async () => {
  const engine = await engineThat((response, path) => {
    if (path.startsWith('/events')) writeWithoutEnd(response.writeHead(200), Buffer.alloc(2 ** 16, 'x'));
  });
  const events = engine.events('label', { signal: new AbortController().signal });
  await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'answer-too-long' });
});

test('deep folders in a long list of changes take no time that grows with their depth', async () => {
  const deep = Array.from({ length: 1500 }, (_, i) => `/d${'/a'.repeat(1900)}/${i}`);
  const engine = await engineThat((response, path) => {
    if (path.includes('/changes')) response.end(JSON.stringify(deep.map((Path) => ({ Path, Kind: 1 }))));
    else response.end('{"Mounts":[]}');
  });
  const begin = performance.now();
  expect(await engine.changedPaths('c')).toHaveLength(1500);
  expect(performance.now() - begin).toBeLessThan(3000);
});
