import net, { type AddressInfo, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import type { Server } from '../../../src/notebooks/running-server.ts';
import { JUPYTER } from '../../../src/notebooks/server-contract.ts';
import { waitUntilReady } from '../../../src/sessions/readiness.ts';
import type { Runtime } from '../../../src/sessions/runtime.ts';

/** A session that runs, with this log. */
function sessionWith(log: Readable): Runtime {
  return {
    waitForEnd: () => new Promise(() => {}),
    logs: async () => log,
    run: async () => ({ exitCode: 0, output: '' }),
  } as unknown as Runtime;
}

/** A server that sends a byte now and then, to each request. */
async function drippingServer(signIn: 'token' | 'rstudio'): Promise<Server> {
  const sockets = new Set<Socket>();
  const listener = net.createServer((socket) => {
    const letters = [...'HTTP/1.1 200 OK\r\nX: '];
    const timer = setInterval(() => socket.write(letters.shift() ?? 'x'), 5);
    socket.on('error', () => {}).on('close', () => clearInterval(timer));
    sockets.add(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = listener.address() as AddressInfo;
  return { address: '127.0.0.1', port, basePath: '/', token: 'abc', contract: { ...JUPYTER, signIn, port: 8888 } };
}

const signal = new AbortController().signal;

test.each([
  'token',
  'rstudio',
] as const)('a server with sign-in by %s that sends a byte now and then gets the time of the setting, and no more', async (signIn) => {
  const server = await drippingServer(signIn);
  const begin = performance.now();
  const waiting = { runtime: sessionWith(Readable.from(['last\n'])), id: 'c', server, deadlineMs: 500, signal };
  await expect(waitUntilReady(waiting)).rejects.toMatchObject({
    code: 'session-not-ready',
    message: `The notebook server did not answer on port ${server.port} within 0.5 s.`,
    details: ['last'],
  });
  expect(performance.now() - begin).toBeLessThan(4000);
});

test('the last lines of a log are as many as fit, without what controls a terminal', async () => {
  const server = await drippingServer('token');
  const log = new Readable({
    read() {
      setImmediate(() => this.destroyed || this.push('x'.repeat(2 ** 16)));
    },
  });
  log.push('\x1b]0;title\x07');
  const waiting = { runtime: sessionWith(log), id: 'c', server, deadlineMs: 50, signal };
  const error = await waitUntilReady(waiting).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'session-not-ready', details: ['x'.repeat(2000)] });
  expect(log.destroyed).toBe(true);
});
