import net, { type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { askServer } from '../../../src/notebooks/ask-server.ts';
import { probeRStudio } from '../../../src/notebooks/rstudio-sign-in.ts';
import type { Server } from '../../../src/notebooks/running-server.ts';
import { lastActivity, probeServer } from '../../../src/notebooks/server.ts';
import { JUPYTER } from '../../../src/notebooks/server-contract.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

/** A program on the port of a session, which answers each request as it likes. */
async function serverThat(answer: (socket: Socket, head: string) => void): Promise<Server> {
  const sockets = new Set<Socket>();
  const listener = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.once('data', (head) => answer(socket, String(head)));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = listener.address() as AddressInfo;
  const contract = { ...JUPYTER, port: 8888 };
  return { address: '127.0.0.1', port, basePath: '/', token: 'abc', contract };
}

const rstudio = (server: Server): Server => ({
  ...server,
  contract: { ...server.contract, signIn: 'rstudio', ready: { path: '/auth-public-key', statuses: [200] } },
});

function writeWithoutEnd(socket: Socket): void {
  const chunk = Buffer.alloc(2 ** 16, 'x');
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
    if (!socket.destroyed) socket.once('drain', more);
  };
  socket.write(`${HEAD}\r\n`);
  more();
}

function drip(socket: Socket, text: string): void {
  const letters = [...text];
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(letters.shift() ?? ' ')), 5);
  socket.on('close', () => clearInterval(timer));
}

test('an answer without an end to the probe for RStudio is an error, and is not read on', async () => {
  const server = await serverThat(writeWithoutEnd);
  const before = process.memoryUsage().rss;
  await expect(probeRStudio(rstudio(server))).rejects.toMatchObject({
    code: 'answer-too-long',
    message: `The answer of the server on 127.0.0.1:${server.port} to /auth-public-key is longer than 8 KiB.`,
  });
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * 2 ** 20);
});

test('an answer without an end about the last use is none', async () => {
  expect(await lastActivity(await serverThat(writeWithoutEnd))).toBeUndefined();
});

test('a server that sends a byte now and then gets no more time than any other', async () => {
  for (const answer of ['HTTP/1.1 200 OK\r\nX: ', `${HEAD}\r\n`]) {
    const server = await serverThat((socket) => drip(socket, answer));
    const begin = performance.now();
    expect(await askServer(server, { path: '/', bodyBytes: 1000, timeoutMs: 300 })).toBeUndefined();
    expect(performance.now() - begin).toBeLessThan(3000);
  }
});

test('a caller that leaves ends a request that drips', async () => {
  const caller = new AbortController();
  const server = await serverThat((socket) => {
    drip(socket, `${HEAD}\r\n`);
    caller.abort();
  });
  expect(await askServer(server, { path: '/', bodyBytes: 1000, signal: caller.signal })).toBeUndefined();
});

test('no redirect is followed', async () => {
  let visits = 0;
  const elsewhere = await serverThat((socket) => {
    visits += 1;
    socket.end(`${HEAD}Content-Length: 2\r\n\r\n{}`);
  });
  const target = `http://127.0.0.1:${elsewhere.port}/`;
  const server = await serverThat((socket) => socket.end(`HTTP/1.1 302 Found\r\nLocation: ${target}\r\n\r\n`));
  expect(await probeServer(server)).toBe('refused');
  expect(await lastActivity(server)).toBeUndefined();
  expect(visits).toBe(0);
});

test('a compressed answer is not unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const server = await serverThat((socket) => {
    socket.write(`${HEAD}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
    socket.end(bomb);
  });
  expect(await lastActivity(server)).toBeUndefined();
});

test.each([
  ['no HTTP', 'x'.repeat(100)],
  ['headers without an end', `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(5000)}`],
  ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
  ['provisional answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)],
  ['nothing', ''],
])('a server that answers %s is silent', async (_, answer) => {
  const server = await serverThat((socket) => socket.end(answer));
  expect(await probeServer(server)).toBe('silent');
});

test('a key that would keep this process busy is none of RStudio’s', async () => {
  const key = `${'f'.repeat(3000)}:${'f'.repeat(3000)}`;
  const server = await serverThat((socket) => socket.end(`${HEAD}Content-Length: ${key.length}\r\n\r\n${key}`));
  expect(await probeRStudio(rstudio(server))).toBe('silent');
});
