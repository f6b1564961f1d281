import { expect, test } from 'vitest';
import { EzjError, isErrorShape, toEzjError } from '../../../src/protocol/errors.ts';
import { daemonPaths } from '../../../src/protocol/paths.ts';
import { parseSize } from '../../../src/protocol/sizes.ts';
import { compareVersions } from '../../../src/protocol/version.ts';

test('an error crosses the socket whole', () => {
  const error = new EzjError({ code: 'port-taken', message: 'Port 1 is in use.', hint: 'another', details: ['a'] });
  const received: unknown = JSON.parse(JSON.stringify(error));
  expect(isErrorShape(received) && new EzjError(received)).toMatchObject({
    code: 'port-taken',
    hint: 'another',
    details: ['a'],
    exitCode: 6,
    httpStatus: 409,
  });
});

test('what was thrown by others becomes internal, its cause kept', () => {
  const cause = new TypeError('x is not a function');
  expect(toEzjError(cause)).toMatchObject({ code: 'internal', cause });
});

test.each([
  ['512m', 512 * 1024 ** 2],
  ['4g', 4 * 1024 ** 3],
  ['4GiB', 4 * 1024 ** 3],
  ['1.5k', 1536],
  ['77', 77],
  ['big', undefined],
  ['-1g', undefined],
  ['', undefined],
])('the size %j is %s bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test('versions are compared number by number', () => {
  expect(compareVersions('0.10.0', '0.9.9')).toBeGreaterThan(0);
  expect(compareVersions('1.2.3', '1.2.3')).toBe(0);
  expect(compareVersions('1.2.3', '2.0.0')).toBeLessThan(0);
});

const usual = { EZJ_STATE_DIR: '/tmp/s', DOCKER_CONTEXT: 'default' };

test('what the environment fixes for all callers has a daemon of its own', () => {
  const environments = [
    { DOCKER_HOST: 'unix:///a' },
    { DOCKER_HOST: 'unix:///b' },
    { CONTAINER_HOST: 'unix:///a' },
    { DOCKER_CONTEXT: 'colima' },
    { DOCKER_CONFIG: '/a' },
    { EZJ_OWNER: 'a' },
    { EZJ_OWNER: 'b' },
    { EZJ_CONFIG_DIR: '/a' },
  ];
  const sockets = environments.map((env) => daemonPaths({ ...usual, ...env }).socket);
  expect(new Set(sockets).size).toBe(environments.length);
  for (const socket of sockets) expect(socket).toMatch(/^\/tmp\/s\/daemon-[0-9a-f]{8}\.sock$/);
});

test.each([
  {},
  { DOCKER_HOST: '' },
  { CONTAINER_HOST: ' ' },
  { EZJ_OWNER: '' },
  { EZJ_CONFIG_DIR: '' },
])('%j has the usual daemon', (env) => expect(daemonPaths({ ...usual, ...env }).socket).toBe('/tmp/s/daemon.sock'));

test('a socket path that the system would cut is refused, with the way out', () => {
  expect(() => daemonPaths({ EZJ_STATE_DIR: `/tmp/${'x'.repeat(120)}` })).toThrow(
    expect.objectContaining({ code: 'state-unwritable', hint: expect.stringContaining('EZJ_STATE_DIR') }),
  );
});
