import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { limitLog } from '../../../src/daemon/log-file.ts';

let file: string;
let fd: number;

beforeEach(() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ezj-log-'));
  file = path.join(folder, 'daemon.log');
  fd = openSync(file, 'a', 0o600);
  onTestFinished(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  });
});

test('a full log is set aside for its owner, and the next line begins a new one', () => {
  for (const text of ['first\n', 'second\n']) {
    writeSync(fd, text);
    limitLog(file, { fd, limitBytes: 5 });
    expect(readFileSync(`${file}.old`, 'utf8')).toBe(text);
  }
  writeSync(fd, 'new');
  limitLog(file, { fd, limitBytes: 5 });
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(`${file}.old`).mode & 0o777).toBe(0o600);
});

test('output that goes elsewhere is left alone', () => {
  const other = openSync(`${file}.elsewhere`, 'a');
  onTestFinished(() => closeSync(other));
  writeSync(fd, 'log');
  writeSync(other, 'long output');
  limitLog(file, { fd: other, limitBytes: 5 });
  expect(existsSync(`${file}.old`)).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe('log');
});
