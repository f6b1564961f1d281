import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openConfigStore } from '../../../src/config/store.ts';

let dir: string;
let warnings: string[];
const open = () => openConfigStore({ dir, warn: (text) => warnings.push(text) });

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'ezj-config-'));
  warnings = [];
});
afterEach(() => rmSync(dir, { recursive: true }));

test('a key that is set is there for the next reader, in a file for the user alone', () => {
  open().set('ready.timeoutSeconds', '600');
  expect(open().read()['ready.timeoutSeconds']).toBe(600);
  expect(statSync(path.join(dir, 'config.json')).mode & 0o777).toBe(0o600);
});

test('a key that is unset has its default again', () => {
  open().set('browser', 'false');
  expect(open().unset('browser').value).toBe(true);
});

test.each([
  ['bind', 'everywhere'],
  ['ready.timeoutSeconds', 'soon'],
  ['limits.shm', 'big'],
  ['limits.shm', '0'],
  ['image.python', 'Bad Image'],
  ['official.r', 'quay.io/Jupyter/r'],
  ['build.debian', ''],
  ['build.mirror', 'ftp://example.org'],
  ['browser', 'maybe'],
  ['daemon.idleMinutes', '-1'],
])('%s cannot be %j', (key, value) => {
  expect(() => open().set(key, value)).toThrow(
    expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining(value) }),
  );
});

test('an unknown key is an error that lists the known ones', () => {
  expect(() => open().get('colour')).toThrow(
    expect.objectContaining({ code: 'config-invalid', hint: expect.stringContaining('image.python') }),
  );
});

test.each([
  ['limits.shm', '2GiB'],
  ['image.r', 'built'],
  ['image.python', 'localhost:5000/mine:1'],
])('%s can be %s', (key, value) => expect(open().set(key, value).value).toBe(value));

test('a file that is garbage is kept aside and said, and the defaults are used', () => {
  writeFileSync(path.join(dir, 'config.json'), '{"bind": ');
  expect(open().read().bind).toBe('127.0.0.1');
  const aside = readdirSync(dir).find((name) => name.startsWith('config.json.broken-')) ?? '';
  expect(readFileSync(path.join(dir, aside), 'utf8')).toBe('{"bind": ');
  expect(warnings).toEqual([expect.stringContaining(aside)]);
});

test('a file that is JSON and no object is kept aside too', () => {
  writeFileSync(path.join(dir, 'config.json'), '[1,2]');
  expect(open().list()).toContainEqual(expect.objectContaining({ key: 'bind', value: '127.0.0.1' }));
  expect(readdirSync(dir)).toContainEqual(expect.stringMatching(/^config\.json\.broken-/));
  expect(warnings).toEqual([expect.stringContaining('config.json.broken-')]);
});

test('a list of all keys says once what is wrong with the file', () => {
  writeFileSync(path.join(dir, 'config.json'), '{"bind": "everywhere"}');
  open().list();
  expect(warnings).toHaveLength(1);
});

test('a value in the file that does not fit is said, and its default is used', () => {
  writeFileSync(path.join(dir, 'config.json'), '{"bind": "everywhere", "browser": false}');
  expect(open().read()).toMatchObject({ bind: '127.0.0.1', browser: false });
  expect(warnings).toEqual([expect.stringContaining('everywhere')]);
});
