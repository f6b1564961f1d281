import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { reserveNamedPort, reservePort } from '../../../src/sessions/ports.ts';

const free = { address: '127.0.0.1', except: new Set<number>() };

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
