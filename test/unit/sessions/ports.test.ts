import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { hasFreePort, reserveNamedPort, reservePort } from '../../../src/sessions/ports.ts';

const range = { first: 8900, last: 9899 };
const free = { address: '127.0.0.1', range, except: new Set<number>() };

test('the same project gets the same port again', async () => {
  const first = await reservePort('0badcafe0001', { ...free, reserved: new Set() });
  const second = await reservePort('0badcafe0001', { ...free, reserved: new Set() });
  expect(second).toBe(first);
});

test('a port that another session has is not given', async () => {
  const reserved = new Set<number>();
  const first = await reservePort('0badcafe0001', { ...free, reserved });
  expect(reserved).toEqual(new Set([first]));
  expect(await reservePort('0badcafe0001', { ...free, reserved })).not.toBe(first);
  expect(await reservePort('0badcafe0001', { ...free, except: new Set([first]), reserved: new Set() })).not.toBe(first);
});

test('twenty projects at the same moment get twenty ports', async () => {
  const reserved = new Set<number>();
  const ports = await Promise.all(Array.from({ length: 20 }, () => reservePort('0badcafe0001', { ...free, reserved })));
  expect(new Set(ports).size).toBe(20);
});

test('a port that the user names and that is in use is an error', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const asked = reserveNamedPort(port, { address: '127.0.0.1', reserved: new Set() });
  await expect(asked).rejects.toMatchObject({ code: 'port-taken', message: `Port ${port} is in use.` });
  await new Promise((resolve) => server.close(resolve));
  const reserved = new Set<number>();
  await reserveNamedPort(port, { address: '127.0.0.1', reserved });
  expect(reserved).toEqual(new Set([port]));
  await expect(reserveNamedPort(port, { address: '127.0.0.1', reserved })).rejects.toMatchObject({
    code: 'port-taken',
  });
});

test('an address that this machine does not have is named', async () => {
  const asked = reserveNamedPort(8900, { address: '192.0.2.1', reserved: new Set() });
  await expect(asked).rejects.toMatchObject({ code: 'config-invalid', message: expect.stringContaining('192.0.2.1') });
});

test('where all ports of the range are in use, that is an error, and looking for one tells it', async () => {
  // An address of loopback that nobody else uses.
  const address = '127.77.12.5';
  const small = { first: 8900, last: 8902 };
  expect(await hasFreePort(address, small)).toBe(true);
  await Promise.all([8900, 8901, 8902].map((port) => occupy(port, address)));
  expect(await hasFreePort(address, small)).toBe(false);
  expect(await hasFreePort('192.0.2.1', small)).toBeUndefined();
  const asked = reservePort('0badcafe0001', { ...free, address, range: small, reserved: new Set() });
  await expect(asked).rejects.toMatchObject({ code: 'port-taken', message: 'All ports from 8900 to 8902 are in use.' });
});

test('a project’s port is one of the range, whatever its key', async () => {
  for (const key of ['000000000000', '0badcafe0001', 'ffffffffffff']) {
    const port = await reservePort(key, { ...free, range: { first: 9100, last: 9150 }, reserved: new Set() });
    expect(port).toBeGreaterThanOrEqual(9100);
    expect(port).toBeLessThanOrEqual(9150);
  }
});

/** Until the end of the test; what is in use already is as good. */
function occupy(port: number, address: string): Promise<void> {
  const server = createServer();
  onTestFinished(() => void server.close());
  return new Promise((resolve) => {
    server.on('error', () => resolve());
    server.listen(port, address, resolve);
  });
}
