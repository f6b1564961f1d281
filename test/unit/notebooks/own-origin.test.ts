import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRuntimeFile, tokenInLog } from '../../../src/notebooks/jupyter.ts';
import { isBasePath, isToken, originOf, ownUrl } from '../../../src/notebooks/own-origin.ts';
import type { Server } from '../../../src/notebooks/running-server.ts';
import { pageUrl } from '../../../src/notebooks/server.ts';
import { JUPYTER } from '../../../src/notebooks/server-contract.ts';
import { EzjError } from '../../../src/protocol/errors.ts';
import { cpuMs } from '../../environment/cpu-time.ts';

const ORIGIN = 'http://127.0.0.1:9000';
const server: Server = {
  address: '127.0.0.1',
  port: 9000,
  basePath: '/',
  token: 'abc',
  contract: { ...JUPYTER, port: 8888 },
};

const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom('/', '//', '..', '%2e', '%2F', '@', 'evil.example', ':', '\\', '?', '#', '\r\n', ';', "'", '%'),
      fc.constantFrom('user', '.', '\t', ' ', '[', 'http://', '%0a', 'á'),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

const runtimeFile = (fields: object) =>
  JSON.stringify({ port: 8888, token: 'abcdefgh', base_url: '/', url: 'http://evil.example/', ...fields });

describe('a runtime file', () => {
  test.each([
    '/',
    '/user/ann/',
    '/user/ann%40example.com/',
    '/a.b/c~d/',
    '/...//'.slice(0, 5),
  ])('may have the base path %s', (path) =>
    expect(parseRuntimeFile(runtimeFile({ base_url: path }))[0]?.server.basePath).toBe(path));

  test.each([
    '//evil.example/',
    '@evil.example/',
    '.evil.example/',
    ':80@evil.example/',
    'http://evil.example/',
    '/..//evil.example/',
    '/a/../',
    '/a/%2e%2E/',
    '/a%2fb/',
    '/a\\b/',
    '/a\r\nSet-Cookie: x/',
    '/a b/',
    '/a?b/',
    '/a#b/',
    '/a',
    '',
    '/%/',
    `/${'a'.repeat(300)}/`,
    '/é/',
    7,
    null,
    ['/'],
  ])('with the base path %j is none of Jupyter’s', (path) =>
    expect(parseRuntimeFile(runtimeFile({ base_url: path }))).toEqual([]));

  test.each([
    '',
    'a b',
    'a\nb',
    'a"b',
    'a<b',
    'á',
    'a&b',
    'a#b',
    'a?b',
    'a'.repeat(257),
    7,
    null,
    { a: 1 },
  ])('with the token %j is none of Jupyter’s', (token) => expect(parseRuntimeFile(runtimeFile({ token }))).toEqual([]));

  test.each(['8888', null, undefined, [8888]])('with the port %j is none of Jupyter’s', (port) =>
    expect(parseRuntimeFile(runtimeFile({ port }))).toEqual([]));

  test('whatever it holds, reading it neither fails nor leads away', () => {
    const file = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ base_url: hostile, token: hostile }).map((fields) => runtimeFile(fields)),
    );
    fc.assert(
      fc.property(file, (text) => {
        for (const found of parseRuntimeFile(text)) {
          expect(new URL(pageUrl({ ...server, ...found.server })).origin).toBe(ORIGIN);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a log', () => {
  test('names no base path or token that a runtime file may not have', () => {
    expect(tokenInLog('http://127.0.0.1:8888//evil.example/lab?token=0123456789')).toEqual([]);
    expect(tokenInLog('http://127.0.0.1:8888/a/../lab?token=0123456789')).toEqual([]);
    expect(tokenInLog(`http://127.0.0.1:8888/lab?token=${'a'.repeat(300)}`)).toEqual([]);
  });

  test('is searched in a time that grows with its length alone', () => {
    const begin = cpuMs();
    for (const each of ['http://a:1/', 'http://(', 'http://a:1/?token=', '\x1b]', ';']) {
      tokenInLog(each.repeat(250_000 / each.length));
      tokenInLog(`${each.repeat(1900 / each.length)}\n`.repeat(130));
    }
    expect(cpuMs() - begin).toBeLessThan(5000);
  });
});

describe('a URL of a session', () => {
  test('has its origin, or there is none', () => {
    fc.assert(
      fc.property(hostile, (path) => {
        try {
          expect(new URL(ownUrl(server, path)).origin).toBe(ORIGIN);
        } catch (error) {
          expect(error).toMatchObject({ code: 'server-foreign' });
          expect((error as EzjError).message).not.toMatch(/[\n\x1b]/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '@evil.example/',
    '.evil.example/',
    '1/',
    ':1@evil.example/',
  ])('does not take the base path %s', (basePath) => expect(() => pageUrl({ ...server, basePath })).toThrow(EzjError));

  test.each([
    '127.0.0.1@evil.example',
    'evil.example/',
    'a b',
    '',
    'a;sandbox',
    'x#',
  ])('does not take the address %j', (address) => expect(() => originOf({ address, port: 1 })).toThrow(EzjError));

  test('takes the addresses that sessions have', () => {
    const origins = ['127.0.0.1', '::1', 'a-b.localhost', '192.168.1.7'].map((address) =>
      originOf({ address, port: 80 }),
    );
    expect(origins).toEqual(['http://127.0.0.1', 'http://[::1]', 'http://a-b.localhost', 'http://192.168.1.7']);
  });
});

test('what passes as a base path or a token holds no character that a header or a page takes apart', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      if (isBasePath(text)) expect(text).toMatch(/^\/[^\s"<>\\#?/]*/);
      if (isBasePath(text)) expect(text).not.toMatch(/\/\/|\.\.\/|[\s"<>\\#?]/);
      if (isToken(text)) expect(text).not.toMatch(/[\s"'<>\\#?&%]/);
    }),
    { numRuns: 2000 },
  );
});
