import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import type { Server } from '../../../src/notebooks/running-server.ts';
import type { Session } from '../../../src/protocol/session.ts';
import { ownHostname, releaseHostname } from '../../../src/sessions/hostnames.ts';

let released: Session[] = [];
afterEach(() => {
  for (const session of released) releaseHostname(session);
  released = [];
});

/** A session whose server accepts some values of `Host`. */
async function serve(accepts: RegExp): Promise<{ known: { session: Session; key: string }; server: Server }> {
  const listener = http.createServer(({ headers }, response) => {
    response.writeHead(accepts.test(headers.host ?? '') ? 200 : 403).end();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void listener.close());
  const { port } = listener.address() as AddressInfo;
  const session = { project: '/data/genome', port } as Session;
  released.push(session);
  const ready = { path: '/', statuses: [200] };
  const contract: Server['contract'] = { port: 80, secret: 'T', signIn: 'none', url: '/', ready };
  const server = { address: '127.0.0.1', port, basePath: '/', token: '', contract };
  return { known: { session, key: '0123456789ab' }, server };
}

test('a session of any kind has its own hostname', async () => {
  const { known, server } = await serve(/./);
  expect(await ownHostname(known, server)).toBe('genome-0123456789ab.localhost');
});

test('where the server refuses its own hostname, 127.0.0.1 is used', async () => {
  const { known, server } = await serve(/^127/);
  expect(await ownHostname(known, server)).toBeUndefined();
});

test('a session on another address has none', async () => {
  const { known, server } = await serve(/./);
  expect(await ownHostname(known, { ...server, address: '192.0.2.7' })).toBeUndefined();
});

test('the port on ::1 is held while the session runs, and free after its end', async () => {
  const { known, server } = await serve(/./);
  await ownHostname(known, server);
  // A machine without IPv6 has nobody there.
  expect(['EADDRINUSE', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']).toContain(await listenOn(known.session.port));
  releaseHostname(known.session);
  await expect.poll(() => listenOn(known.session.port)).not.toBe('EADDRINUSE');
});

function listenOn(port: number): Promise<string | undefined> {
  const other = net.createServer();
  return new Promise((resolve) => {
    other.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    other.listen({ host: '::1', port }, () => other.close(() => resolve(undefined)));
  });
}
