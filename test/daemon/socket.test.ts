import { chmod, chown, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Hello } from '../../src/protocol/daemon.ts';
import { runFailing, runJson, startNotebook } from '../cli/notebooks.ts';
import { waitForEnd } from '../cli/processes.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';

let sandbox: Sandbox;
let socket: string;

beforeEach(async () => {
  sandbox = await createSandbox();
  socket = sandbox.socket;
});

afterEach(() => sandbox.cleanup());

/** A call to the daemon's socket as anybody could make it. */
function ask({
  method = 'GET',
  route = '/v1/hello',
  headers = {},
}: {
  method?: string;
  route?: string;
  headers?: object;
} = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = http.request({
      socketPath: socket,
      method,
      path: route,
      headers: { host: 'ezj', ...headers },
      agent: false,
    });
    call.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    call.on('error', reject);
    call.end();
  });
}

test('the state folder is for its owner only, and so are socket and log', async () => {
  await rm(sandbox.stateDir, { recursive: true });
  await runJson(sandbox, ['daemon', 'start']);
  const modes = await Promise.all(
    [sandbox.stateDir, socket, sandbox.log].map(async (file) => (await stat(file)).mode & 0o777),
  );
  expect(modes).toEqual([0o700, 0o600, 0o600]);
});

test('a state folder that is open to others is refused, and its mode left alone', async () => {
  await chmod(sandbox.stateDir, 0o755);
  const { exitCode, stderr } = await sandbox.run(['daemon', 'start']);
  expect(exitCode).toBe(8);
  expect(stderr).toContain(`chmod 700 ${sandbox.stateDir}`);
  expect((await stat(sandbox.stateDir)).mode & 0o777).toBe(0o755);
  await chmod(sandbox.stateDir, 0o700);
});

test.each([
  ['folder', 12_345, 0o755, 'The state folder'],
  ['folder', 0, 0o777, 'is open to other users'],
  ['socket', 12_345, 0o700, 'The socket'],
])('a socket that another user could have placed hears nothing: the %s of uid %i with mode %o', async (what, uid, mode, words) => {
  let connections = 0;
  const impostor = net.createServer((connection) => {
    connections += 1;
    connection.destroy();
  });
  await new Promise<void>((resolve) => impostor.listen(socket, resolve));
  onTestFinished(() => void impostor.close());
  await chown(what === 'folder' ? sandbox.stateDir : socket, uid, uid);
  await chmod(sandbox.stateDir, mode);
  for (const command of [['list'], ['daemon', 'stop'], ['-d'], ['logs', 'x']]) {
    const failure = await runFailing(sandbox, command, { env: { HTTPS_PROXY: 'http://ann:secret@proxy.example' } });
    expect(failure).toMatchObject({ code: 'state-unwritable', message: expect.stringContaining(words) });
  }
  expect(connections).toBe(0);
  await chown(sandbox.stateDir, 0, 0);
  await chmod(sandbox.stateDir, 0o700);
});

test('the daemon answers to its own host name only, and to no web page', async () => {
  await runJson(sandbox, ['daemon', 'start']);
  expect(await ask()).toBe(200);
  expect(await ask({ headers: { host: 'localhost' } })).toBe(400);
  expect(await ask({ headers: { host: 'evil.example' } })).toBe(400);
  expect(await ask({ headers: { origin: 'http://ezj' } })).toBe(400);
  expect(await ask({ headers: { origin: 'null' } })).toBe(400);
  expect(await ask({ method: 'POST', route: '/v1/daemon/stop', headers: { origin: 'https://evil.example' } })).toBe(
    400,
  );
  const upgrade = { connection: 'Upgrade', upgrade: 'ezj-terminal', origin: 'https://evil.example' };
  expect(await ask({ route: '/v1/sessions/x/shell', headers: upgrade })).toBe(400);
  expect(await ask({ route: '/v1/no/such/route' })).toBe(400);
  expect(await runJson(sandbox, ['daemon', 'status'])).toMatchObject({ running: true });
});

test('a body that does not fit is refused, and the daemon goes on', async () => {
  const { pid } = await runJson<Hello>(sandbox, ['daemon', 'start']);
  for (const route of ['/v1/sessions', '/v1/images/pull', '/v1/images/build', '/v1/prune', '/v1/doctor']) {
    expect(await ask({ method: 'POST', route })).toBe(400);
  }
  expect(await runJson(sandbox, ['daemon', 'status'])).toMatchObject({ pid });
});

test('a socket file that a killed daemon has left is replaced', async () => {
  const { pid } = await runJson<Hello>(sandbox, ['daemon', 'start']);
  process.kill(pid, 'SIGKILL');
  expect(await readdir(sandbox.stateDir)).toContain(path.basename(socket));
  const next = await runJson<Hello>(sandbox, ['daemon', 'start']);
  expect(next.pid).not.toBe(pid);
});

test('a daemon whose socket is removed closes, and leaves the socket of the next one alone', async () => {
  const { pid } = await runJson<Hello>(sandbox, ['daemon', 'start']);
  await rm(socket);
  const next = await runJson<Hello>(sandbox, ['daemon', 'start']);
  expect(next.pid).not.toBe(pid);
  await waitForEnd(pid);
  expect(await runJson(sandbox, ['daemon', 'status'])).toMatchObject({ running: true, pid: next.pid });
});

test('a daemon that is ended after its socket was replaced leaves the next one alone', async () => {
  const { pid } = await runJson<Hello>(sandbox, ['daemon', 'start']);
  await rm(socket);
  const next = await runJson<Hello>(sandbox, ['daemon', 'start']);
  process.kill(pid, 'SIGTERM');
  await waitForEnd(pid);
  expect(await runJson(sandbox, ['daemon', 'status'])).toMatchObject({ running: true, pid: next.pid });
});

test('a daemon that is killed between its start and the call is started once more', async () => {
  // Loaded before the daemon: the first one says that it is there, listens no more, and ends.
  const fault = path.join(sandbox.home, 'fault.cjs');
  const mark = path.join(sandbox.home, 'killed');
  await writeFile(
    fault,
    `const { existsSync, writeFileSync } = require('node:fs');
    const { emit } = require('node:http').Server.prototype;
    require('node:http').Server.prototype.emit = function (name, request, response) {
      if (name === 'request' && !existsSync(${JSON.stringify(mark)})) {
        writeFileSync(${JSON.stringify(mark)}, '');
        this.close();
        response.on('finish', () => process.kill(process.pid, 'SIGKILL'));
      }
      return emit.apply(this, arguments);
    };`,
  );
  const env = { NODE_OPTIONS: `--require ${fault}` };
  expect(await runJson(sandbox, ['config', 'set', 'browser', 'false'], { env })).toMatchObject({ value: false });
  expect(await readdir(sandbox.home)).toContain('killed');
});

test('one daemon is started, however many commands need one at the same moment', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => runJson<Hello>(sandbox, ['daemon', 'start'])));
  expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
});

test('each engine has a daemon of its own', async () => {
  const { pid } = await runJson<Hello>(sandbox, ['daemon', 'start']);
  const env = { DOCKER_HOST: 'unix:///nowhere/engine.sock' };
  const other = await runJson<Hello>(sandbox, ['daemon', 'start'], { env });
  expect(other.pid).not.toBe(pid);
  await sandbox.run(['daemon', 'stop'], { env });
  expect(await runJson(sandbox, ['daemon', 'status'])).toMatchObject({ pid });
});

test('each owner has a daemon of its own, which shows no sessions of another', async () => {
  const access = await startNotebook(sandbox);
  const env = { EZJ_OWNER: `${sandbox.owner}-other` };
  expect(await runJson(sandbox, ['list'], { env })).toEqual([]);
  expect(await runJson(sandbox, ['list'])).toMatchObject([{ container: access.session.container }]);
  await sandbox.run(['daemon', 'stop'], { env });
});

test('a folder of the configuration that is relative is the one of the caller, and has its own daemon', async () => {
  await runJson(sandbox, ['config', 'set', 'browser', 'false']);
  const relative = { env: { EZJ_CONFIG_DIR: 'settings' } };
  expect(await runJson(sandbox, ['config', 'get', 'browser'], relative)).toMatchObject({ value: true });
  await runJson(sandbox, ['config', 'set', 'bind', '127.0.0.2'], relative);
  expect(await readdir(path.join(sandbox.project, 'settings'))).toEqual(['config.json']);
  const absolute = { cwd: sandbox.home, env: { EZJ_CONFIG_DIR: path.join(sandbox.project, 'settings') } };
  const daemons = await Promise.all(
    [relative, absolute].map((options) => runJson<Hello>(sandbox, ['daemon', 'status'], options)),
  );
  expect(daemons[0]).toMatchObject({ running: true, pid: daemons[1]?.pid });
  await sandbox.run(['daemon', 'stop'], absolute);
});

test('a path of the socket that is too long is refused before anything is made', async () => {
  const long = path.join(sandbox.home, 'x'.repeat(100));
  const failure = await runFailing(sandbox, ['list'], { env: { EZJ_STATE_DIR: long } });
  expect(failure).toMatchObject({ exitCode: 8, code: 'state-unwritable' });
  expect(failure.message).toContain(long);
  expect(failure.hint).toContain('EZJ_STATE_DIR');
  expect(await readdir(sandbox.home)).not.toContain('x'.repeat(100));
});

test('a state folder that cannot be written to is named, with a log in it or without', async () => {
  // Root can write to it.
  const user = await createSandbox({ uid: 1000 });
  onTestFinished(user.cleanup);
  const folder = path.join(user.home, 'locked');
  await mkdir(folder, { mode: 0o700 });
  const log = path.join(folder, path.basename(user.log));
  await writeFile(log, '', { mode: 0o600 });
  await Promise.all([folder, log].map((each) => chown(each, 1000, 1000)));
  await chmod(folder, 0o500);
  for (const stateDir of [folder, path.join(folder, 'below')]) {
    const failure = await runFailing(user, ['list'], { env: { EZJ_STATE_DIR: stateDir } });
    expect(failure).toMatchObject({ exitCode: 8, code: 'state-unwritable' });
    expect(failure.message).toContain(`cannot write to its state folder ${stateDir}`);
  }
  await rm(log);
  expect(await runFailing(user, ['list'], { env: { EZJ_STATE_DIR: folder } })).toMatchObject({
    code: 'state-unwritable',
  });
});

test('a state folder below a file is named', async () => {
  await writeFile(path.join(sandbox.home, 'file'), '');
  const blocked = path.join(sandbox.home, 'file', 'state');
  expect(await runFailing(sandbox, ['list'], { env: { EZJ_STATE_DIR: blocked } })).toMatchObject({
    code: 'state-unwritable',
  });
});

test('a daemon that cannot start is reported with the end of its log', async () => {
  await mkdir(socket);
  const failure = await runFailing(sandbox, ['list']);
  expect(failure).toMatchObject({ exitCode: 8, code: 'daemon-not-started' });
  expect(failure.hint).toContain(sandbox.log);
  expect(failure.details?.length).toBeGreaterThan(0);
});

test('a daemon that fails after it has begun to listen ends, and is reported', async () => {
  // Loaded before the daemon: the first thing that it does after it has begun to listen fails.
  const fault = path.join(sandbox.home, 'fault.cjs');
  await writeFile(fault, "require('node:fs/promises').chmod = async () => { throw new Error('out of luck') };");
  const failure = await runFailing(sandbox, ['daemon', 'start'], { env: { NODE_OPTIONS: `--require ${fault}` } });
  expect(failure).toMatchObject({ exitCode: 8, code: 'daemon-not-started' });
  expect(failure.details?.join('\n')).toContain('out of luck');
  expect(await runJson(sandbox, ['daemon', 'status'])).toEqual({ running: false });
});

test('a daemon that does not close when it is asked to is given up after a while', async () => {
  // Stands in for a daemon that hangs: it answers, and goes on listening.
  const stuck = http.createServer((_, response) => response.setHeader('ezj-protocol', '1').end('{}'));
  await new Promise<void>((resolve) => stuck.listen(socket, resolve));
  onTestFinished(() => void stuck.close());
  const failure = await runFailing(sandbox, ['daemon', 'stop']);
  stuck.close();
  expect(failure).toMatchObject({ exitCode: 8, code: 'daemon-not-stopped' });
});

test('a stranger’s program on the socket is not taken for the daemon', async () => {
  const stranger = net.createServer((connection) => connection.end('220 mail.example ESMTP\r\n'));
  await new Promise<void>((resolve) => stranger.listen(socket, resolve));
  onTestFinished(() => void stranger.close());
  const failure = await runFailing(sandbox, ['list']);
  expect(failure).toMatchObject({ exitCode: 8, code: 'daemon-not-started' });
  expect(failure.message).toContain(socket);
});
