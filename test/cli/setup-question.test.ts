import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EZJ } from '../environment/engine.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { openTerminal } from './terminal.ts';

const SOCKET = '/var/run/docker.sock';
const PROGRAM = '/usr/bin/mmdebstrap';

let sandbox: Sandbox;
let tools: string;

beforeEach(async () => {
  sandbox = await createSandbox();
  delete sandbox.env.DOCKER_HOST;
  tools = path.join(sandbox.home, 'tools');
  await mkdir(tools);
  // Stands in for the package manager: it notes what it is asked to do.
  await writeFile(path.join(tools, 'apt-get'), `#!/bin/sh\necho "$@" >> ${tools}/calls\n`, { mode: 0o755 });
  sandbox.env.PATH = `${tools}:${process.env.PATH}`;
});

afterEach(() => sandbox.cleanup());

/** ezj where a file of the machine is hidden from it, and from nobody else. */
function ezjWithout(file: string, args: string): string {
  const hide = existsSync(file) ? `mount --bind /dev/null ${file} && ` : '';
  return `unshare --mount sh -c "${hide}exec '${process.execPath}' '${EZJ}' ${args}"`;
}

const callsOfAptGet = () => readFile(path.join(tools, 'calls'), 'utf8').catch(() => '');

test.each([
  ['n', 'n\r'],
  ['Enter alone', '\r'],
  ['anything else than yes', 'why\r'],
])('setup shows what it would run, and %s runs nothing', async (_, keys) => {
  const terminal = openTerminal(sandbox, ezjWithout(PROGRAM, 'setup'));
  await terminal.waitFor(/apt-get .*install.* mmdebstrap[\s\S]*Run these commands\? \[y\/N\] /);
  terminal.type(keys);
  expect(await terminal.ended).toBe(4);
  expect(terminal.screen()).toContain('Nothing was installed.');
  expect(await callsOfAptGet()).toBe('');
});

test('setup that is declined says so to scripts', async () => {
  const terminal = openTerminal(sandbox, ezjWithout(PROGRAM, 'setup --json'));
  await terminal.waitFor(/Run these commands/);
  terminal.type('n\r');
  expect(await terminal.ended).toBe(4);
  expect(terminal.screen()).toContain('"code":"setup-declined"');
});

test('Ctrl-C at the question cancels', async () => {
  const terminal = openTerminal(sandbox, ezjWithout(PROGRAM, 'setup'));
  await terminal.waitFor(/Run these commands/);
  terminal.type('\x03');
  expect(await terminal.ended).toBe(130);
  expect(await callsOfAptGet()).toBe('');
});

test('setup runs the commands after a yes', async () => {
  const terminal = openTerminal(sandbox, ezjWithout(PROGRAM, 'setup'));
  await terminal.waitFor(/Run these commands/);
  terminal.type('yes\r');
  expect(await terminal.ended).toBe(0);
  expect(await callsOfAptGet()).toMatch(/install .*mmdebstrap/);
});

test('without a terminal nobody is asked, and nothing runs', async () => {
  const terminal = openTerminal(sandbox, `${ezjWithout(PROGRAM, 'setup')} < /dev/null`);
  expect(await terminal.ended).toBe(4);
  expect(terminal.screen()).toContain('ezj setup --yes runs them');
  expect(await callsOfAptGet()).toBe('');
});

test('a start where no engine answers offers to set one up', async () => {
  const terminal = openTerminal(sandbox, ezjWithout(SOCKET, '-d'));
  await terminal.waitFor(/No container engine answers[\s\S]*Run these commands\? \[y\/N\] /);
  terminal.type('n\r');
  expect(await terminal.ended).toBe(4);
  expect(terminal.screen()).toContain('Nothing was installed.');
});

test('a start without a terminal offers nothing', async () => {
  const terminal = openTerminal(sandbox, `${ezjWithout(SOCKET, '-d')} < /dev/null`);
  expect(await terminal.ended).toBe(4);
  expect(terminal.screen()).toContain('Install one with `ezj setup`');
  expect(terminal.screen()).not.toContain('Run these commands');
});
