import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findRepository } from '../../../src/cli/start/find-repository.ts';
import { EzjError } from '../../../src/protocol/errors.ts';
import { parseRepository } from '../../../src/repository/address.ts';
import { gitEnvironment } from '../../../src/repository/git-environment.ts';
import { candidateRefs, pathBehind } from '../../../src/repository/ref.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ezj-@-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const part of ['HEAD', 'objects', 'refs']) mkdirSync(path.join(folder, 'bare.git', part), { recursive: true });
mkdirSync(path.join(folder, 'plain'));

const parse = (address: string) => parseRepository({ address });

describe('what names a repository', () => {
  test.each([
    'https://github.com/ann/demo',
    'git@github.com:ann/demo.git',
    'ssh://git@example.org:2222/demo',
    'ext::sh -c id',
    'ftp://example.org/demo',
  ])('%s is an address', (address) => {
    expect(findRepository(address, folder)).toEqual({ address });
  });

  test.each(['.', 'plain', 'missing', 'C:colon:ro', 'report.ipynb', 'list', '-x', 'a@b'])('%s is none', (argument) => {
    expect(findRepository(argument, folder)).toBeUndefined();
  });

  test('a bare repository is one, with and without a name behind it, below a folder that has an @', () => {
    const bare = path.join(folder, 'bare.git');
    expect(findRepository('bare.git', folder)).toEqual({ folder: bare });
    expect(findRepository(`${bare}@pkg@1.0`, '/')).toEqual({ folder: bare, ref: 'pkg@1.0' });
    expect(findRepository('.', bare)).toBeUndefined();
  });
});

describe('an address', () => {
  test.each([
    ['https://github.com/ann/demo', 'https://github.com/ann/demo', undefined, 'demo'],
    ['https://github.com/ann/demo.git/', 'https://github.com/ann/demo.git', undefined, 'demo'],
    ['https://github.com/ann/demo?tab=readme#x', 'https://github.com/ann/demo', undefined, 'demo'],
    ['HTTPS://GitHub.com/ann/demo@v1.0', 'https://github.com/ann/demo', 'v1.0', 'demo'],
    ['https://example.org/@ann/demo@@scope/pkg@1.0', 'https://example.org/@ann/demo', '@scope/pkg@1.0', 'demo'],
    ['https://example.org/~ann/a%20b.git', 'https://example.org/~ann/a%20b.git', undefined, 'a b'],
    ['git@github.com:ann/demo.git@feature/x', 'git@github.com:ann/demo.git', 'feature/x', 'demo'],
    ['ann@[::1]:demo', 'ann@[::1]:demo', undefined, 'demo'],
    ['ssh://git@example.org:2222/demo.git@v1', 'ssh://git@example.org:2222/demo.git', 'v1', 'demo'],
    ['file:///srv/demo.git@v1', '/srv/demo.git', 'v1', 'demo'],
  ])('%s is read', (address, url, ref, name) => {
    expect(parse(address)).toMatchObject({ url, name });
    expect(parse(address).ref).toBe(ref);
  });

  test.each([
    'ext::sh -c id',
    'ext://sh',
    'ftp://ann:s3cret@example.org/demo',
    'https://ann:s3cret@example.org/',
    'https://ann:s3cret@example.org/-demo',
    'https://ann:s3cret@example.org/demo@',
    'https://ann:s3%cret@example.org/demo',
    'https://example.org/demo@--upload-pack=id',
    'https://example.org/demo@main:x',
    'https://example.org/demo@../x',
    'https://example.org/ann/demo/tree/-x',
    'https://example.org/ann/..git',
    'ssh://ann:s3cret@example.org/demo',
    'ssh://-oProxyCommand=id/demo',
    'ssh://-oProxyCommand=id@example.org/demo',
    'git@-oProxyCommand=id:demo',
    'git@example.org:-demo',
    'file://example.org/demo',
    'file:///srv/demo?x',
  ])('%s is refused, without its password', (address) => {
    let error: unknown;
    try {
      parse(address);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(EzjError);
    expect(error).toMatchObject({ code: 'usage' });
    expect(JSON.stringify(error)).not.toContain('s3');
  });

  test('user and password are kept apart, decoded', () => {
    const { url, credentials } = parse('https://ann:s3%2Fcret@example.org/demo');
    expect(url).toBe('https://example.org/demo');
    expect(credentials).toEqual({ user: 'ann', password: 's3/cret' });
    expect(parse('https://ann@example.org/demo').credentials).toEqual({ user: 'ann', password: undefined });
  });
});

describe('the page of a forge', () => {
  test('a branch may hold slashes, so all names are possible, the longest first', () => {
    const page = parse('https://github.com/ann/demo/tree/feature/x');
    expect(page).toMatchObject({ url: 'https://github.com/ann/demo', name: 'demo' });
    expect(candidateRefs(page)).toEqual(['feature/x', 'feature']);
    expect(pathBehind('feature', page)).toBe('x');
    expect(pathBehind('feature/x', page)).toBeUndefined();
  });

  test("the last word of a notebook's page is no branch", () => {
    const page = parse('https://gitlab.com/group/sub/demo/-/blob/main/a%20b/n.ipynb?ref_type=heads');
    expect(page.url).toBe('https://gitlab.com/group/sub/demo');
    expect(candidateRefs(page)).toEqual(['main']);
    expect(pathBehind('main', page)).toBe('a b/n.ipynb');
  });

  test('a path that would lead out of the folder is no page', () => {
    const page = 'https://github.com/ann/demo/blob/main/%2e%2e%2Fn.ipynb';
    expect(() => parse(page)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('the environment of git', () => {
  const read = (address: string, input: Partial<Parameters<typeof gitEnvironment>[1]> = {}) =>
    gitEnvironment(parse(address), { env: {}, prompt: true, ...input });

  test('a submodule may not come from this machine, and an unencrypted one only where the user named such a server', () => {
    expect(read('file:///srv/demo.git').GIT_ALLOW_PROTOCOL).toBe('https:ssh:file');
    expect(read('file:///srv/demo.git', { submodules: true }).GIT_ALLOW_PROTOCOL).toBe('https:ssh');
    expect(read('https://example.org/demo', { submodules: true }).GIT_ALLOW_PROTOCOL).toBe('https:ssh');
    expect(read('http://example.org/demo', { submodules: true }).GIT_ALLOW_PROTOCOL).toBe('https:ssh:http');
  });

  test('what the user has set the same way stays', () => {
    const env = read('https://example.org/demo', { env: { GIT_CONFIG_COUNT: '2' } });
    expect(env).toMatchObject({ GIT_CONFIG_COUNT: '3', GIT_CONFIG_KEY_2: 'core.hooksPath' });
  });

  test('a password goes to its own host alone, and nobody is asked for one', () => {
    expect(read('https://ann:pw@example.org:8443/demo')).toMatchObject({
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_KEY_1: 'http.https://example.org:8443/.extraHeader',
      GIT_CONFIG_VALUE_1: `Authorization: Basic ${Buffer.from('ann:pw').toString('base64')}`,
    });
  });

  test('git asks on a terminal only', () => {
    expect(read('https://ann@example.org/demo').GIT_TERMINAL_PROMPT).toBeUndefined();
    expect(read('https://example.org/demo', { prompt: false }).GIT_TERMINAL_PROMPT).toBe('0');
  });
});
