import { chmod, chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Hello } from '../../src/protocol/daemon.ts';
import { runFailing, runJson } from '../cli/notebooks.ts';
import { waitForEnd } from '../cli/processes.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';

// Nothing is unreadable for root.
const UID = 1000;

let user: Sandbox;
let folder: string;

beforeEach(async () => {
  user = await createSandbox({ uid: UID });
  folder = path.join(user.home, 'settings');
  user.env.EZJ_CONFIG_DIR = folder;
});

afterEach(() => user.cleanup());

async function makeConfig({ mode, text, fileMode = 0o600 }: { mode: number; text?: string; fileMode?: number }) {
  await mkdir(folder);
  if (text !== undefined) {
    await writeFile(path.join(folder, 'config.json'), text, { mode: fileMode });
    await chown(path.join(folder, 'config.json'), UID, UID);
  }
  await chown(folder, UID, UID);
  await chmod(folder, mode);
}

async function expectDaemonWithDefaults(): Promise<void> {
  const { pid } = await runJson<Hello>(user, ['daemon', 'start']);
  expect(await runJson(user, ['config', 'get', 'bind'])).toMatchObject({ value: '127.0.0.1' });
  expect(await runJson(user, ['list'])).toEqual([]);
  const failure = await runFailing(user, ['config', 'set', 'browser', 'false']);
  expect(failure).toMatchObject({ exitCode: 8, code: 'config-unwritable' });
  expect(failure.message).toContain(folder);
  expect(await runJson(user, ['daemon', 'stop'])).toEqual({ stopped: true });
  await waitForEnd(pid);
}

async function countWarnings(): Promise<number> {
  const { lines } = await runJson<{ lines: string[] }>(user, ['daemon', 'logs']);
  return lines.filter((line) => line.includes('the defaults are used')).length;
}

test('a folder of the configuration that cannot be made stands in the way of setting a key only', async () => {
  await mkdir(folder, { mode: 0o500 });
  await chown(folder, UID, UID);
  folder = path.join(folder, 'below');
  user.env.EZJ_CONFIG_DIR = folder;
  await expectDaemonWithDefaults();
  expect(await countWarnings()).toBe(0);
});

test('a read-only folder stands in the way of setting a key only', async () => {
  await makeConfig({ mode: 0o500 });
  await expectDaemonWithDefaults();
  expect(await countWarnings()).toBe(0);
});

test('garbage in a read-only folder is said once and left there', async () => {
  await makeConfig({ mode: 0o500, text: '{"bind": ' });
  await expectDaemonWithDefaults();
  expect(await countWarnings()).toBe(1);
  expect(await readdir(folder)).toEqual(['config.json']);
});

test('a file that cannot be read is said once', async () => {
  await makeConfig({ mode: 0o500, text: '{"bind": "0.0.0.0"}', fileMode: 0o000 });
  await expectDaemonWithDefaults();
  expect(await countWarnings()).toBe(1);
});

test('SIGTERM ends a daemon whose configuration cannot be read', async () => {
  await makeConfig({ mode: 0o000, text: '{}' });
  const { pid } = await runJson<Hello>(user, ['daemon', 'start']);
  process.kill(pid, 'SIGTERM');
  await waitForEnd(pid);
});
