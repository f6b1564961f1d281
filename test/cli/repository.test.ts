import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BareRepository, createRepository, git, runCommand } from '../environment/git-repository.ts';
import { type GitServer, startGitServer } from '../environment/git-server.ts';
import { createSandbox, type RunResult, type Sandbox } from '../environment/sandbox.ts';
import { leftovers, NOTHING, runFailing, runJson } from './notebooks.ts';
import { openTerminal } from './terminal.ts';

let sandbox: Sandbox;
let server: GitServer;
let repository: BareRepository;
let root: string;
/** An empty folder for each test. */
let cwd: string;
const commits: Record<string, string> = {};

beforeAll(async () => {
  sandbox = await createSandbox();
  root = path.join(sandbox.home, 'served');
  repository = createRepository(root, 'ann/demo.git', { 'state.txt': 'first' });
  commits.first = repository.git('rev-parse', 'HEAD');
  repository.git('tag', 'v1@final');
  commits.feature = repository.commit({ 'state.txt': 'feature' }, 'feature/x');
  commits.second = repository.commit({ 'state.txt': 'second' });
  repository.git('push', '--quiet', '--tags', 'origin');
  server = await startGitServer(root);
});

beforeEach(async () => {
  cwd = await mkdtemp(path.join(sandbox.home, 'cwd-'));
});

afterAll(async () => {
  await server.stop();
  expect(await leftovers(sandbox)).toEqual(NOTHING);
  await sandbox.cleanup();
});

/** Starts, and ends after the clone, before the daemon is asked for anything: what is to be mounted is not there. */
async function clone(address: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<RunResult> {
  const result = await sandbox.run(['-d', address, '-v', 'nowhere:/x', ...args], { cwd, env });
  expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--mount "nowhere"') });
  return result;
}

/** The command lines on this machine that hold a text. */
function processesWith(text: string): string[] {
  const lines = readdirSync('/proc').flatMap((pid) => (/^\d+$/.test(pid) ? [readCommandLine(pid)] : []));
  return lines.filter((line) => line.includes(text));
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It ended already.
    return '';
  }
}

const state = (folder = 'demo') => readFileSync(path.join(cwd, folder, 'state.txt'), 'utf8');
const head = (folder = 'demo') => git(path.join(cwd, folder), 'rev-parse', 'HEAD');

test('a repository is cloned into a folder of its name, without its history', async () => {
  const { stderr } = await clone(`${server.url}/ann/demo.git/`);
  expect(stderr).toContain(`Cloning ${server.url}/ann/demo.git into ${path.join(cwd, 'demo')}\n`);
  expect(readdirSync(cwd)).toEqual(['demo']);
  expect(state()).toBe('second');
  expect(git(path.join(cwd, 'demo'), 'rev-list', '--count', 'HEAD')).toBe('1');
  expect(git(path.join(cwd, 'demo'), 'status', '--short')).toBe('');
  expect(await runJson(sandbox, ['daemon', 'status'])).toEqual({ running: false });
});

test.each([
  ['a branch', 'demo@feature/x', 'feature'],
  ['a tag that holds an @', 'demo@v1@final', 'first'],
  ['the page of a branch with a slash', 'demo/tree/feature/x', 'feature'],
  ['the page of a folder', 'demo/tree/feature/x/some/folder', 'feature'],
])('%s is checked out', async (_, address, expected) => {
  await clone(`${server.url}/ann/${address}`);
  expect(readdirSync(cwd)).toEqual(['demo']);
  expect(state()).toBe(expected);
  expect(head()).toBe(commits[expected]);
});

test.each([
  ['a commit', 40],
  ['the beginning of a commit', 10],
])('%s is checked out', async (_, length) => {
  await clone(`${server.url}/ann/demo@${commits.first?.slice(0, length)}`);
  expect(head()).toBe(commits.first);
});

test('a commit that no branch leads to any more is fetched where the server allows it', async () => {
  const lost = createRepository(root, 'lost.git', { 'state.txt': 'kept' });
  const commit = lost.commit({ 'state.txt': 'lost' });
  lost.git('reset', '--quiet', '--hard', 'HEAD~');
  lost.git('push', '--quiet', '--force', 'origin', 'main');
  git(lost.bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  await clone(`${server.url}/lost@${commit}`);
  expect(state('lost')).toBe('lost');
  expect(git(path.join(cwd, 'lost'), 'rev-list', '--count', 'HEAD')).toBe('1');
});

test.each([
  ['its path', () => repository.bare],
  ['its path and a tag', () => `${repository.bare}@v1@final`],
  ['its file:// address', () => `file://${repository.bare}`],
])('a bare repository is cloned by %s', async (_, address) => {
  await clone(address());
  expect(readdirSync(cwd)).toEqual(['demo']);
  expect(git(path.join(cwd, 'demo'), 'rev-list', '--count', 'HEAD')).toBe('1');
  expect(git(path.join(cwd, 'demo'), 'config', 'remote.origin.url')).toBe(repository.bare);
});

test.each([
  ['user@host:path', () => `git@example.org:${repository.bare}`],
  ['ssh://', () => `ssh://git@example.org${repository.bare}`],
])('a repository is cloned over ssh, by %s', async (_, address) => {
  const standIn = path.join(cwd, 'stand-in-ssh');
  await writeFile(standIn, `#!/bin/sh\necho "$@" >> ${cwd}/asked\nfor last; do :; done\nexec sh -c "$last"\n`, {
    mode: 0o755,
  });
  await clone(`${address()}@feature/x`, [], { GIT_SSH: standIn, GIT_SSH_VARIANT: 'ssh' });
  expect(state()).toBe('feature');
  expect(readFileSync(path.join(cwd, 'asked'), 'utf8')).toContain('git@example.org');
  const other = await clone(`https://example.org${repository.bare}`);
  expect(other.stderr).toContain('is there already, at feature/x');
});

test('a folder of the name comes before an address', async () => {
  const name = 'git@example.org:demo';
  await mkdir(path.join(cwd, name));
  await clone(name);
  expect(readdirSync(cwd)).toEqual([name]);
});

test('submodules are fetched, from the same server as well', async () => {
  createRepository(root, 'ann/part.git', { 'part.txt': 'part' });
  const whole = createRepository(root, 'ann/whole.git', { 'whole.txt': 'whole' });
  whole.git('submodule', '--quiet', 'add', '--name', 'part', path.join(root, 'ann/part.git'), 'part');
  whole.git('config', '--file', '.gitmodules', 'submodule.part.url', '../part.git');
  whole.commit({ 'more.txt': '' });
  await clone(`${server.url}/ann/whole`);
  expect(readFileSync(path.join(cwd, 'whole/part/part.txt'), 'utf8')).toBe('part');
  expect((await clone(`${server.url}/ann/whole`)).stderr).toContain('pull --ff-only --recurse-submodules');
});

test.each([
  'ext::sh -c "touch broken-out"',
  '/served/ann/demo.git',
])('a submodule at %s is not fetched', async (url) => {
  const name = `odd-${url.length}.git`;
  const whole = createRepository(root, name, { 'whole.txt': 'whole' });
  whole.git('submodule', '--quiet', 'add', '--name', 'part', repository.bare, 'part');
  whole.git('config', '--file', '.gitmodules', 'submodule.part.url', url.startsWith('/') ? repository.bare : url);
  whole.commit({ 'more.txt': '' });
  for (const address of [`${server.url}/${name}`, whole.bare]) {
    const failure = await runFailing(sandbox, ['-d', address], { cwd });
    expect(failure).toMatchObject({ exitCode: 9, code: 'clone-failed', hint: expect.stringContaining('submodule') });
    expect(failure.details?.join('\n')).toMatch(/transport '(ext|file)' not allowed/);
  }
  expect(readdirSync(cwd)).toEqual([]);
});

test('a second run opens the same folder, asks the server nothing, and tells how to update it', async () => {
  await clone(`${server.url}/ann/demo`);
  writeFileSync(path.join(cwd, 'demo', 'state.txt'), 'mine');
  const before = server.requests.length;
  const { stderr } = await clone(`${server.url}/ann/demo.git`);
  expect(server.requests).toHaveLength(before);
  expect(state()).toBe('mine');
  expect(stderr).toContain(
    `${path.join(cwd, 'demo')} is there already, at main (${commits.second?.slice(0, 9)}), and stays as it is\n`,
  );
  const line = /^To update it: (.*)$/m.exec(stderr)?.[1] ?? '';
  expect(line).toBe(`git -C ${path.join(cwd, 'demo')} pull --ff-only`);
  git(path.join(cwd, 'demo'), 'checkout', '--quiet', '.');
  await runCommand(line);
});

test('a folder that stands at another branch than was asked for stays, and that is said', async () => {
  await clone(`${server.url}/ann/demo`);
  const { stderr } = await clone(`${server.url}/ann/demo@feature/x`);
  expect(state()).toBe('second');
  expect(stderr).toContain('it is not at feature/x');
  await runCommand(/or (git -C .*)$/m.exec(stderr)?.[1] ?? '');
  expect(state()).toBe('feature');
});

test('a tag and a commit are recognised the next time', async () => {
  for (const ref of ['v1@final', commits.first?.slice(0, 10)]) {
    const args = ['--into', `at-${ref}`];
    await clone(`${server.url}/ann/demo@${ref}`, args);
    const { stderr } = await clone(`${server.url}/ann/demo@${ref}`, args);
    expect(stderr).toContain(`is there already, at ${ref} (`);
    expect(stderr).not.toContain('warning');
    expect(stderr).not.toContain('update');
  }
});

test('a folder that is something else is named, and left alone', async () => {
  await mkdir(path.join(cwd, 'demo'));
  await writeFile(path.join(cwd, 'demo', 'mine.txt'), '');
  const failure = await runFailing(sandbox, ['-d', `${server.url}/ann/demo`], { cwd });
  expect(failure).toMatchObject({ exitCode: 6, code: 'folder-taken', hint: expect.stringContaining('--into DIR') });
  expect(failure.message).toContain(path.join(cwd, 'demo'));
  expect(readdirSync(path.join(cwd, 'demo'))).toEqual(['mine.txt']);
  await clone(`${server.url}/ann/demo`, ['--into', 'two words']);
  expect(readdirSync(cwd)).toEqual(['demo', 'two words']);
  createRepository(root, 'bob/demo.git', { 'state.txt': 'of Bob' });
  expect(await runFailing(sandbox, ['-d', `${server.url}/bob/demo`, '--into', 'two words'], { cwd })).toMatchObject({
    code: 'folder-taken',
    message: expect.stringContaining('another repository'),
  });
});

test('two at the same moment make one folder', async () => {
  await Promise.all([clone(`${server.url}/ann/demo`), clone(`${server.url}/ann/demo`)]);
  expect(readdirSync(cwd)).toEqual(['demo']);
  expect(state()).toBe('second');
});

test('a clone that is cancelled leaves nothing', async () => {
  const slow = await startGitServer(root);
  const hanging = slow.hang();
  const running = sandbox.start(['-d', `${slow.url}/ann/demo`, '--json'], { cwd });
  await hanging;
  process.kill(running.pid, 'SIGINT');
  const { exitCode, stderr } = await running.ended;
  expect({ exitCode, last: JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') }).toMatchObject({
    exitCode: 130,
    last: { error: { code: 'cancelled' } },
  });
  expect(readdirSync(cwd)).toEqual([]);
  expect(processesWith(slow.url)).toEqual([]);
  await slow.stop();
});

const FAILURES: [string, string, object][] = [
  ['no such repository', '/ann/none', { code: 'clone-failed', exitCode: 9, hint: expect.stringMatching(/private/) }],
  ['no such branch', '/ann/demo@none', { code: 'ref-unknown', exitCode: 3, message: expect.stringMatching(/none$/) }],
  ['no such commit', '/ann/demo@0123456', { code: 'ref-unknown', exitCode: 3 }],
  ['no such whole commit', `/ann/demo@${'01'.repeat(20)}`, { code: 'ref-unknown', exitCode: 3 }],
];

test.each(FAILURES)('%s is said, and leaves nothing', async (_, address, expected) => {
  expect(await runFailing(sandbox, ['-d', `${server.url}${address}`], { cwd })).toMatchObject(expected);
  expect(readdirSync(cwd)).toEqual([]);
});

test("a server that does not answer is said in git's own words", async () => {
  const gone = await startGitServer(root);
  await gone.stop();
  const failure = await runFailing(sandbox, ['-d', `${gone.url}/ann/demo`], { cwd });
  expect(failure).toMatchObject({ code: 'clone-failed', hint: expect.stringContaining('network') });
  expect(failure.details?.join('\n')).toContain('Failed to connect');
});

test('what else is wrong is said before anything is fetched', async () => {
  const before = server.requests.length;
  const address = `${server.url}/ann/demo`;
  expect(await runFailing(sandbox, ['-3', '-R', address], { cwd })).toMatchObject({ code: 'usage' });
  expect(await runFailing(sandbox, [address, '--into', 'no/such'], { cwd })).toMatchObject({ code: 'project-missing' });
  expect(await runFailing(sandbox, ['--into', 'x'], { cwd })).toMatchObject({ code: 'usage' });
  expect(await runFailing(sandbox, [`${address}@--upload-pack=x`], { cwd })).toMatchObject({ code: 'usage' });
  expect(await runFailing(sandbox, ['ext::sh -c id'], { cwd })).toMatchObject({ code: 'usage' });
  expect(await runFailing(sandbox, [address], { cwd, env: { PATH: '/none' } })).toMatchObject({
    code: 'git-missing',
    exitCode: 9,
    hint: expect.stringContaining('install'),
  });
  expect(server.requests).toHaveLength(before);
  expect(readdirSync(cwd)).toEqual([]);
});

test("hooks of the user's templates do not run", async () => {
  const hooks = path.join(cwd, 'template', 'hooks');
  await mkdir(hooks, { recursive: true });
  await writeFile(path.join(hooks, 'post-checkout'), `#!/bin/sh\ntouch ${cwd}/ran\n`, { mode: 0o755 });
  await clone(`${server.url}/ann/demo`, [], { GIT_TEMPLATE_DIR: path.dirname(hooks) });
  await clone(`${server.url}/ann/demo@${commits.first}`, ['--into', 'at'], { GIT_TEMPLATE_DIR: path.dirname(hooks) });
  expect(existsSync(path.join(cwd, 'ran'))).toBe(false);
});

test('files in Git LFS are pointers where it is not installed, which is said; its filter runs where it is', async () => {
  const attributes = '*.bin filter=lfs diff=lfs merge=lfs -text\n';
  createRepository(root, 'large.git', { '.gitattributes': attributes, 'data.bin': 'pointer' });
  const { stderr } = await clone(`${server.url}/large`);
  expect(stderr).toContain('Git LFS, which is not installed');
  expect(stderr).toContain(`git -C ${path.join(cwd, 'large')} lfs pull`);
  const bin = path.join(cwd, 'bin');
  await mkdir(bin);
  await writeFile(path.join(bin, 'git-lfs'), '#!/bin/sh\n', { mode: 0o755 });
  const settings = path.join(cwd, 'gitconfig');
  await writeFile(settings, '[filter "lfs"]\n\tsmudge = sed s/pointer/content/\n');
  const env = { PATH: `${bin}:${process.env.PATH}`, GIT_CONFIG_GLOBAL: settings };
  expect((await clone(`${server.url}/large`, ['--into', 'whole'], env)).stderr).not.toContain('LFS');
  expect(readFileSync(path.join(cwd, 'whole', 'data.bin'), 'utf8')).toBe('content');
});

test('with --json, what git says is events', async () => {
  const { stderr } = await sandbox.run(['-d', '--json', `${server.url}/ann/demo`, '-v', 'nowhere:/x'], { cwd });
  const events = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events[0]).toEqual({ type: 'step', text: expect.stringContaining('Cloning') });
  expect(events).toContainEqual({ type: 'output', line: expect.stringMatching(/Receiving objects: 100%/) });
  expect(events.at(-1)).toMatchObject({ error: { code: 'mount-missing' } });
});

test('on a terminal git asks for user and password, and its progress is one line', async () => {
  const locked = await startGitServer(root, { password: 'typed-by-ann' });
  const command = `${process.execPath} ${path.resolve('dist/ezj.cjs')} -d ${locked.url}/ann/demo -v nowhere:/x`;
  const terminal = openTerminal({ ...sandbox, project: cwd }, command);
  await terminal.waitFor(/Username for .*: /);
  terminal.type('ann\r');
  await terminal.waitFor(/Password for .*: /);
  terminal.type('typed-by-ann\r');
  expect(await terminal.ended).toBe(2);
  expect(terminal.screen()).toMatch(/\r\x1b\[K(\x1b\[2m)?Receiving objects: 100%/);
  expect(terminal.screen()).toContain('--mount "nowhere"');
  expect(terminal.screen()).not.toContain('typed-by-ann');
  expect(state()).toBe('second');
  await locked.stop();
});

test('Ctrl-C at the question for a password ends all of it', async () => {
  const locked = await startGitServer(root, { password: 'never-typed' });
  const command = `${process.execPath} ${path.resolve('dist/ezj.cjs')} -d ${locked.url}/ann/demo`;
  const terminal = openTerminal({ ...sandbox, project: cwd }, command);
  await terminal.waitFor(/Username for .*: /);
  terminal.type('\x03');
  expect(await terminal.ended).toBe(130);
  expect(terminal.screen()).toContain('Cancelled.');
  expect(readdirSync(cwd)).toEqual([]);
  expect(processesWith(locked.url)).toEqual([]);
  await locked.stop();
});

test('user and password of an address are nowhere but in what the server gets', async () => {
  const password = 's3cret/of-ann';
  const locked = await startGitServer(root, { password });
  const inUrl = encodeURIComponent(password);
  const address = `${locked.url.replace('//', `//ann:${inUrl}@`)}/ann/demo`;
  const secrets = [password, inUrl, Buffer.from(`ann:${password}`).toString('base64')];
  const hanging = locked.hang();
  const running = sandbox.start(['-d', address], { cwd });
  await hanging;
  for (const secret of secrets) expect(processesWith(secret)).toEqual([]);
  expect(processesWith(locked.url)).not.toEqual([]);
  process.kill(running.pid, 'SIGINT');
  const cancelled = await running.ended;
  await locked.stop();

  const open = await startGitServer(root, { password });
  const { stdout, stderr } = await clone(address.replace(locked.url.slice(7), open.url.slice(7)));
  const wrong = await sandbox.run(
    ['-d', `${open.url.replace('//', '//ann:wr0ng-word@')}/ann/demo`, '--into', 'wrong'],
    { cwd },
  );
  expect(wrong).toMatchObject({ exitCode: 9, stderr: expect.stringContaining('private') });
  expect(git(path.join(cwd, 'demo'), 'config', 'remote.origin.url')).toBe(`${open.url}/ann/demo`);
  const config = readFileSync(path.join(cwd, 'demo', '.git', 'config'), 'utf8');
  const log = existsSync(sandbox.log) ? readFileSync(sandbox.log, 'utf8') : '';
  for (const text of [stdout, stderr, cancelled.stderr, wrong.stderr, config, log]) {
    for (const secret of [...secrets, 'wr0ng-word']) expect(text).not.toContain(secret);
  }
  await open.stop();
});
