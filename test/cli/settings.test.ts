import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { askServer, inSession, inspect, leftovers, NOTHING, runFailing, runJson, startNotebook } from './notebooks.ts';

const GIB = 2 ** 30;

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
  const data = path.join(sandbox.home, 'data');
  await mkdir(data);
  await mkdir(path.join(sandbox.home, 'out put:x'));
  await writeFile(path.join(data, 'table.csv'), 'a,b\n');
  await writeFile(
    path.join(sandbox.home, 'vars'),
    '# remark\nFROM_FILE=one two "three"\nOVER=file\nHANDED\n\nEMPTY=\n',
  );
});

afterEach(async () => {
  await runJson(sandbox, ['stop', '--all']);
  await runJson(sandbox, ['prune', '--volumes', '--older-than', '0h', '--yes']);
});

afterAll(() => sandbox.cleanup());

test('mounts, variables and limits reach the container, and survive a restart', async () => {
  const first = await startNotebook(
    sandbox,
    [
      ...['-v', '../home/data'],
      ...['-v', '../home/data:/data/in:ro'],
      ...['--mount', `${sandbox.home}/out put:x:/out`],
      ...['-e', 'OVER=option', '-e', 'HANDED_TOO', '-e', 'WITH=a=b c'],
      ...['--env-file', '../home/vars'],
      ...['--memory', '1g', '--cpus', '0.5', '--shm-size', '256m'],
      '--name=set',
    ],
    { env: { HANDED: 'from here', HANDED_TOO: 'too' } },
  );
  await expectSettings(first);
  const again = await runJson<SessionAccess>(sandbox, ['restart', 'set'], { cwd: '/' });
  expect(again.session).toMatchObject({ name: 'set', port: first.session.port });
  expect(again).toMatchObject({ url: first.url, session: { container: first.session.container } });
  await expectSettings(again);
});

async function expectSettings({ session, url }: SessionAccess): Promise<void> {
  expect(await askServer(url)).toBe(200);
  const { HostConfig, Mounts } = await inspect(session.container);
  expect(HostConfig).toMatchObject({ Memory: GIB, NanoCpus: 500_000_000, ShmSize: GIB / 4 });
  expect(Object.fromEntries(Mounts.map(({ Destination, RW }) => [Destination, RW]))).toEqual({
    '/home/ezj': true,
    '/work/project': true,
    '/mnt/data': true,
    '/data/in': false,
    '/out': true,
  });
  const script = 'printf "%s|" "$FROM_FILE" "$OVER" "$HANDED" "$HANDED_TOO" "$WITH" "$(env | grep ^EMPTY)"';
  expect(await inSession(sandbox, ['sh', '-c', script])).toBe('one two "three"|option|from here|too|a=b c|EMPTY=|');
  expect(await inSession(sandbox, ['cat', '/data/in/table.csv'])).toBe('a,b');
  await inSession(sandbox, ['sh', '-c', 'echo x > /mnt/data/new && echo x > /out/new']);
  const refused = await sandbox.run(['shell', '--', 'sh', '-c', 'echo x > /data/in/more']);
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Read-only file system') });
}

test('with --ro the session can read the project and not write to it', async () => {
  await writeFile(path.join(sandbox.project, 'here'), 'readable');
  const { session } = await startNotebook(sandbox, ['--ro']);
  expect(session.readOnly).toBe(true);
  expect(await inSession(sandbox, ['cat', 'here'])).toBe('readable');
  const { exitCode, stderr } = await sandbox.run(['shell', '--', 'touch', 'new']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('Read-only file system') });
  expect(await readdir(sandbox.project)).toEqual(['here']);
});

test('a container has the least privilege, and its port is on the loopback address only', async () => {
  const { session, url } = await startNotebook(sandbox);
  const { HostConfig, Config, Mounts } = await inspect(session.container);
  expect(HostConfig).toMatchObject({
    Privileged: false,
    CapDrop: ['ALL'],
    Init: true,
    PidsLimit: 4096,
    ShmSize: GIB,
    PortBindings: { '8888/tcp': [{ HostIp: '127.0.0.1', HostPort: String(session.port) }] },
  });
  expect(HostConfig.SecurityOpt).toContain('no-new-privileges');
  expect(Config.User).toBe(`${process.getuid?.()}:${process.getgid?.()}`);
  expect(Mounts.map(({ Destination }) => Destination).sort()).toEqual(['/home/ezj', '/work/project']);
  const token = new URL(url).searchParams.get('token');
  expect(JSON.stringify(Config.Labels)).not.toContain(token);
});

test('an ordinary user’s session has no capability at all, and its files are the user’s', async () => {
  const user = await createSandbox({ uid: 12345 });
  onTestFinished(user.cleanup);
  const { session } = await startNotebook(user);
  const { HostConfig, Config } = await inspect(session.container);
  expect({ CapAdd: HostConfig.CapAdd ?? [], user: Config.User }).toEqual({ CapAdd: [], user: '12345:12345' });
  expect(await inSession(user, ['sh', '-c', 'touch made; grep CapEff /proc/self/status; id -un'])).toMatch(
    /^CapEff:\s+0{16}\s+user$/,
  );
  expect(await stat(path.join(user.project, 'made'))).toMatchObject({ uid: 12345, gid: 12345 });
});

test('--bind to another address is published there, with a warning', async () => {
  const { exitCode, stdout, stderr } = await sandbox.run(['-d', '--image', NOTEBOOK_IMAGE, '--bind', '0.0.0.0']);
  expect({ exitCode }).toEqual({ exitCode: 0 });
  expect(stderr).toMatch(/warning: port \d+ of 0\.0\.0\.0 is open to other machines/);
  expect(await askServer(stdout.trim())).toBe(200);
});

test('a mount whose source is missing is refused, and nothing is left', async () => {
  const failure = await runFailing(sandbox, ['-d', '--image', NOTEBOOK_IMAGE, '-v', '/no/such/folder:/x']);
  expect(failure).toMatchObject({ exitCode: 2, code: 'mount-missing' });
  expect(failure.message).toContain('/no/such/folder');
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('a project that the user cannot write to is refused without --ro, and nothing is left', async () => {
  const user = await createSandbox({ uid: 1000 });
  onTestFinished(user.cleanup);
  const folder = path.join(path.dirname(user.home), 'of-root');
  await mkdir(folder, { mode: 0o755 });
  const failure = await runFailing(user, ['-d', '--image', NOTEBOOK_IMAGE, folder]);
  expect(failure).toMatchObject({ exitCode: 6, code: 'not-writable' });
  expect(failure.hint).toContain('--ro');
  expect(await leftovers(user)).toEqual(NOTHING);
  expect(await readdir(folder)).toEqual([]);
  expect((await startNotebook(user, ['--ro', folder])).session.readOnly).toBe(true);
});
