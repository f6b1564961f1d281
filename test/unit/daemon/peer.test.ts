import { execFile } from 'node:child_process';
import net, { type AddressInfo, type Socket } from 'node:net';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { ownersOf, peerOf } from '../../../src/daemon/pages/peer.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 5001 1 0 100 0 0 10 0
   1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 5002 1 0 20 4 30 10 -1
   2: 0100007F:C351 0100007F:1F90 04 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1
   3: 0100007F:C350 0200007F:1F90 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
`;

test('the owner of a connection is found by its two ports', () => {
  expect(ownersOf(TABLE, { from: 0xc350, to: 0x1f90 })).toEqual([{ uid: 1001, open: true }]);
  expect(ownersOf(TABLE, { from: 0xc351, to: 0x1f90 })).toEqual([{ uid: 0, open: false }]);
  expect(ownersOf(TABLE, { from: 0xc352, to: 0x1f90 })).toEqual([]);
  expect(ownersOf('', { from: 1, to: 2 })).toEqual([]);
});

test.runIf(process.platform === 'linux')('a program of this user is the user, on both loopback addresses', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const { accepted, port } = await listen(host);
    const client = net.connect({ host, port });
    onTestFinished(() => void client.destroy());
    expect(await peerOf(await accepted)).toBe('self');
  }
});

test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'a program of another user is told from it',
  async () => {
    const { accepted, port } = await listen('127.0.0.1');
    const script = `require('net').connect(${port}, '127.0.0.1').on('close', () => process.exit())`;
    const client = promisify(execFile)(process.execPath, ['-e', script], { uid: 12_345, gid: 12_345, cwd: '/' });
    const socket = await accepted;
    expect(await peerOf(socket)).toEqual({ uid: 12_345 });
    socket.destroy();
    await client;
  },
);

async function listen(host: string): Promise<{ accepted: Promise<Socket>; port: number }> {
  const server = net.createServer();
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve));
  onTestFinished(() => {
    server.close();
    return accepted.then((socket) => void socket.destroy());
  });
  return { accepted, port: (server.address() as AddressInfo).port };
}
