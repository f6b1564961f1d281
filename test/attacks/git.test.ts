import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { leftovers, NOTHING, runFailing } from '../cli/notebooks.ts';
import { type BareRepository, createRepository, git } from '../environment/git-repository.ts';
import { type GitServer, startGitServer } from '../environment/git-server.ts';
import { createSandbox, type RunResult, type Sandbox } from '../environment/sandbox.ts';

// What a session could write is written here without one: the files are the same.

let sandbox: Sandbox;
let server: GitServer;
let repository: BareRepository;
let root: string;
/** A folder that a session can write to, where the user runs ezj. */
let cwd: string;
let marker: string;
/** A command that leaves a mark, if anything on this machine runs it. */
let evil: string;

beforeAll(async () => {
  sandbox = await createSandbox();
  root = path.join(sandbox.home, 'served');
  repository = createRepository(root, 'ann/demo.git', { 'state.txt': 'first' });
  repository.commit({ 'state.txt': 'other' }, 'other');
  server = await startGitServer(root);
  marker = path.join(sandbox.home, 'ran');
  evil = path.join(sandbox.home, 'evil');
  writeFileSync(evil, `#!/bin/sh\ntouch ${marker}\nexit 1\n`, { mode: 0o755 });
});

beforeEach(() => {
  cwd = mkdtempSync(path.join(sandbox.home, 'cwd-'));
});

afterEach(() => {
  const ran = existsSync(marker);
  rmSync(marker, { force: true });
  expect(ran).toBe(false);
});

afterAll(async () => {
  await server.stop();
  const left = await leftovers(sandbox);
  await sandbox.cleanup();
  expect(left).toEqual(NOTHING);
});

/** Starts, and ends after the clone: what is to be mounted is not there. */
async function start(address: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<RunResult> {
  const result = await sandbox.run(['-d', address, '-v', 'nowhere:/x', ...args], { cwd, env });
  expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--mount "nowhere"') });
  return result;
}

const fail = (address: string) => runFailing(sandbox, ['-d', address, '-v', 'nowhere:/x'], { cwd });
const demo = (name = '') => path.join(cwd, 'demo', name);
const address = (ref = '') => `${server.url}/ann/demo${ref}`;

/** Settings with which git runs a command as soon as it needs an object that is missing. */
const promisor = () => `[core]
\trepositoryFormatVersion = 1
\tsshCommand = ${evil}
[extensions]
\tpartialClone = evil
[remote "evil"]
\turl = ssh://evil.example/demo
\tpromisor = true
`;

test('a missing object of a clone makes nothing run', async () => {
  await start(address());
  appendFileSync(demo('.git/config'), promisor());
  writeFileSync(demo('.git/refs/heads/side'), readFileSync(demo('.git/refs/heads/main')));
  writeFileSync(demo('.git/HEAD'), 'ref: refs/heads/side\n');
  writeFileSync(demo('.git/refs/tags/main'), `${'12'.repeat(20)}\n`);
  const { stderr } = await start(address('@main'));
  expect(stderr).toContain('is there already, at side (');
  expect(stderr).toContain('whether it is at main');
  expect(stderr).toContain('a session can change .git');
});

test('settings, hooks and filters of a clone make nothing run', async () => {
  await start(address());
  const lines = ['[core]', `fsmonitor = ${evil}`, `pager = ${evil}`, `sshCommand = ${evil}`, `hooksPath = ${cwd}`];
  const more = ['[filter "evil"]', `smudge = ${evil}`, `clean = ${evil}`, '[alias]', `rev-parse = !${evil}`];
  appendFileSync(demo('.git/config'), [...lines, ...more, '[include]', `path = ${evil}`, ''].join('\n'));
  writeFileSync(demo('.gitattributes'), '* filter=evil\n');
  mkdirSync(demo('.git/hooks'), { recursive: true });
  for (const folder of [cwd, demo('.git/hooks')]) {
    for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change']) {
      symlinkSync(evil, path.join(folder, hook));
    }
  }
  expect((await start(address('@main'))).stderr).toContain('is there already, at main (');
});

test('the repository that the user stands in makes nothing run', async () => {
  createRepository(root, 'large.git', { '.gitattributes': '*.bin filter=lfs\n', 'data.bin': 'pointer' });
  git(cwd, 'init', '--quiet');
  git(cwd, 'config', 'url.ssh://evil.example/.insteadOf', `${server.url}/`);
  git(cwd, 'config', 'core.sshCommand', evil);
  git(cwd, 'config', 'filter.lfs.process', evil);
  git(cwd, 'config', 'alias.lfs', `!${evil}`);
  expect((await fail(address('@none'))).hint).toContain('git -C / ls-remote');
  await start(address('@other'));
  expect((await start(`${server.url}/large`)).stderr).toContain('Git LFS, which is not installed');
});

test('variables of another repository make nothing run', async () => {
  const other = path.join(cwd, 'other');
  git('/', 'init', '--quiet', other);
  git(other, 'config', 'core.sshCommand', evil);
  git(other, 'config', 'url.ssh://evil.example/.insteadOf', `${server.url}/`);
  const own = path.join(other, '.git');
  await start(address('@other'), [], { GIT_DIR: own, GIT_COMMON_DIR: own, GIT_WORK_TREE: other });
});

test('a program that is in the repository is no filter, although PATH holds the current folder', async () => {
  const tools = createRepository(root, 'tools.git', { '.gitattributes': '*.bin filter=lfs\n', 'git-lfs': '' });
  writeFileSync(path.join(root, '.work/tools.git/git-lfs'), readFileSync(evil), { mode: 0o755 });
  execFileSync('chmod', ['+x', path.join(root, '.work/tools.git/git-lfs')]);
  tools.commit({ 'z.bin': 'pointer' });
  const settings = path.join(cwd, 'gitconfig');
  writeFileSync(settings, '[filter "lfs"]\n\tsmudge = git-lfs smudge\n');
  await start(`${server.url}/tools`, [], { GIT_CONFIG_GLOBAL: settings, PATH: `.:${process.env.PATH}:` });
});

test('a session that changes what it finds while git clones reaches nothing', async () => {
  const ssh = path.join(sandbox.home, 'stand-in-ssh');
  const session = `for own in ${cwd}/*/.git ${cwd}/.[!.]*/.git; do
  [ -d "$own" ] || continue
  printf '[filter "evil"]\\n\\tsmudge = ${evil}\\n' >> "$own/config"
  mkdir -p "$own/info"; echo '* filter=evil' > "$own/info/attributes"
done`;
  writeFileSync(
    ssh,
    `#!/bin/sh\n${session}\nprintf '\\033]0;evil\\007\\n' >&2\nfor last; do :; done\nexec sh -c "$last"\n`,
    { mode: 0o755 },
  );
  const commit = repository.git('rev-parse', 'main');
  const args = ['-d', '--json', `git@example.org:${repository.bare}@${commit}`, '-v', 'nowhere:/x'];
  const { stderr } = await sandbox.run(args, { cwd, env: { GIT_SSH: ssh, GIT_SSH_VARIANT: 'ssh' } });
  // What the other side prints does not command the terminal either.
  expect(stderr).toContain('{"type":"output","line":"]0;evil"}');
  expect(readFileSync(demo('state.txt'), 'utf8')).toBe('first');
});

test('a bare repository is cloned without its settings and hooks', async () => {
  const { bare } = createRepository(cwd, 'local.git', { 'state.txt': 'local' });
  appendFileSync(path.join(bare, 'config'), promisor());
  appendFileSync(
    path.join(bare, 'config'),
    `[uploadpack]\n\tpackObjectsHook = ${evil}\n\thideRefs = refs/heads/main\n`,
  );
  await start('local.git@main');
  expect(readFileSync(path.join(cwd, 'local/state.txt'), 'utf8')).toBe('local');
  expect(git(path.join(cwd, 'local'), 'config', 'remote.origin.url')).toBe(bare);
});

test.each<[string, (bare: string) => void, RegExp]>([
  [
    'whose objects are elsewhere',
    (bare) => writeFileSync(path.join(bare, 'objects/info/alternates'), '/'),
    /another repository/,
  ],
  ['whose refs are a link', (bare) => link(path.join(bare, 'refs')), /behind a link/],
  ['whose HEAD is a pipe', (bare) => makePipe(path.join(bare, 'HEAD')), /not a regular file/],
])('a bare repository %s is refused in one line', async (_, change, message) => {
  const { bare } = createRepository(cwd, 'local.git', { 'state.txt': 'local' });
  mkdirSync(path.join(bare, 'objects/info'), { recursive: true });
  change(bare);
  const failure = await fail('local.git');
  expect(failure).toMatchObject({ code: 'clone-failed', message: expect.stringMatching(message) });
  expect(failure.hint).toContain('If you trust it');
  expect(existsSync(path.join(cwd, 'local'))).toBe(false);
});

test.each<[string, () => void, RegExp]>([
  ['a pipe as HEAD', () => makePipe(demo('.git/HEAD')), /HEAD is not a regular file/],
  ['a HEAD of 1 GB', () => truncateSync(demo('.git/HEAD'), 1024 ** 3), /HEAD has more than 4 KB/],
  ['settings of 1 GB', () => truncateSync(demo('.git/config'), 1024 ** 3), /config has more than 1024 KB/],
  ['a link as .git', () => link(demo('.git')), /\.git is a link/],
  ['a .git that leads elsewhere', () => leadTo(path.join(sandbox.home, 'secret')), /does not lead back/],
  ['a link in its place', () => link(demo().replace(/\/$/, '')), /demo is a link/],
])('%s is refused in one line', async (_, change, message) => {
  await start(address());
  change();
  const failure = await fail(address('@main'));
  expect(failure).toMatchObject({ code: 'folder-taken', exitCode: 6, hint: expect.stringContaining('--into DIR') });
  expect(failure.message).toMatch(message);
  expect(failure.message).not.toContain('\n');
});

test('a clone on another disk than the state folder has all of its files, and nothing else remains', async () => {
  const stateDir = mkdtempSync('/dev/shm/ezj-');
  createRepository(root, 'whole.git', { 'a/b/c.txt': 'deep', 'run.sh': '#!/bin/sh\n' });
  try {
    await start(`${server.url}/whole`, [], { EZJ_STATE_DIR: stateDir });
    expect(readdirSync(path.join(stateDir, 'clones'))).toEqual([]);
  } finally {
    rmSync(stateDir, { recursive: true });
  }
  expect(readdirSync(cwd)).toEqual(['whole']);
  expect(git(path.join(cwd, 'whole'), 'status', '--short')).toBe('');
});

function link(file: string): void {
  const moved = mkdtempSync(path.join(sandbox.home, 'moved-'));
  renameSync(file, path.join(moved, path.basename(file)));
  symlinkSync(path.join(moved, path.basename(file)), file);
}

function makePipe(file: string): void {
  rmSync(file);
  execFileSync('mkfifo', [file]);
}

/** Makes a clone of the same repository that a session has no access to, and a `.git` that leads there. */
function leadTo(folder: string): void {
  git('/', 'init', '--quiet', folder);
  git(folder, 'remote', 'add', 'origin', address());
  rmSync(demo('.git'), { recursive: true });
  writeFileSync(demo('.git'), `gitdir: ${folder}/.git\n`);
}
