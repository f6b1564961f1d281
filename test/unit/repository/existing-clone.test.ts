import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { EzjError } from '../../../src/protocol/errors.ts';
import { parseRepository } from '../../../src/repository/address.ts';
import { examineClone } from '../../../src/repository/existing-clone.ts';
import { cpuMs } from '../../environment/cpu-time.ts';
import { git } from '../../environment/git-repository.ts';

const URL = 'https://example.org/ann/demo';
const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'ezj-clone-')));
afterAll(() => rmSync(root, { recursive: true }));

/** A clone with a commit on `main`, whose address is URL. */
let clone: string;
beforeEach(() => {
  clone = mkdtempSync(path.join(root, 'demo-'));
  cpSync(template, clone, { recursive: true });
});

const template = create();
const commit = git(template, 'rev-parse', 'HEAD');

function create(...options: string[]): string {
  const folder = mkdtempSync(path.join(root, 'demo-'));
  git(folder, 'init', '--quiet', '--initial-branch=main', ...options);
  git(folder, 'remote', 'add', 'origin', URL);
  git(folder, 'commit', '--quiet', '--allow-empty', '--message=first');
  return folder;
}

const run = (...args: string[]) => git(clone, ...args);
const inGit = (name: string) => path.join(clone, '.git', name);
const examine = (ref = '', folder = clone) =>
  examineClone(folder, parseRepository({ address: `${URL}${ref && `@${ref}`}` }));
const refusal = expect.objectContaining({ code: 'folder-taken', hint: expect.stringContaining('--into DIR') });

test('branch and commit are read from loose files and from packed ones', () => {
  run('checkout', '--quiet', '-b', 'feature/x');
  const expected = { branch: 'feature/x', ref: 'feature/x', commit: commit.slice(0, 9) };
  expect(examine('feature/x')).toMatchObject(expected);
  run('pack-refs', '--all');
  expect(examine('feature/x')).toMatchObject(expected);
  expect(examine('main')).toMatchObject({ ref: undefined, unsure: false });
});

test('a branch without a commit, and a detached commit', () => {
  run('checkout', '--quiet', '--detach');
  expect(examine(commit.slice(0, 8))).toMatchObject({ branch: undefined, ref: commit.slice(0, 8) });
  run('symbolic-ref', 'HEAD', 'refs/heads/empty');
  expect(examine()).toMatchObject({ branch: 'empty', commit: undefined });
});

test('a branch that is another name for one is followed', () => {
  run('symbolic-ref', 'refs/heads/alias', 'refs/heads/main');
  run('symbolic-ref', 'HEAD', 'refs/heads/alias');
  expect(examine()).toMatchObject({ branch: 'alias', commit: commit.slice(0, 9) });
  writeFileSync(inGit('refs/heads/main'), 'ref: refs/heads/alias\n');
  expect(() => examine()).toThrow(refusal);
});

test.each([[['tag']], [['tag', '--annotate', '--message=x']]])('a tag is recognised, made by git %j', (command) => {
  run(...command, 'v1@x', 'HEAD');
  run('commit', '--quiet', '--allow-empty', '--message=second');
  run(...command, 'v2', 'HEAD');
  run('checkout', '--quiet', 'v1@x');
  for (const packed of [false, true]) {
    if (packed) run('pack-refs', '--all');
    expect(examine('v1@x')).toMatchObject({ ref: 'v1@x', unsure: false });
    expect(examine('v2')).toMatchObject({ ref: undefined, unsure: false });
  }
});

test('a tag of a tag is recognised', () => {
  run('tag', '--annotate', '--message=x', 'inner');
  run('tag', '--annotate', '--message=x', 'outer', 'inner');
  expect(examine('outer')).toMatchObject({ ref: 'outer' });
});

test('a tag whose object is in a pack is not known to be of another commit', () => {
  run('tag', '--annotate', '--message=x', 'v1');
  run('repack', '--quiet', '-a', '-d');
  expect(examine('v1')).toMatchObject({ ref: undefined, unsure: true });
});

test('a repository with SHA-256 is read', () => {
  clone = create('--object-format=sha256');
  run('pack-refs', '--all');
  expect(examine('main')).toMatchObject({ ref: 'main', commit: run('rev-parse', 'HEAD').slice(0, 9) });
});

test('a shallow and a partial clone are read', () => {
  writeFileSync(inGit('shallow'), `${commit}\n`);
  run('config', 'extensions.partialClone', 'origin');
  run('config', 'remote.origin.promisor', 'true');
  expect(examine('main')).toMatchObject({ ref: 'main' });
});

test('a worktree is read', () => {
  const folder = path.join(root, 'work tree');
  run('worktree', 'add', '--quiet', '-b', 'other', folder);
  expect(examine('other', folder)).toMatchObject({ ref: 'other', commit: commit.slice(0, 9) });
});

test('a submodule is read', () => {
  const whole = create();
  git(whole, 'submodule', '--quiet', 'add', clone, 'part');
  git(path.join(whole, 'part'), 'remote', 'set-url', 'origin', URL);
  expect(examine('main', path.join(whole, 'part'))).toMatchObject({ ref: 'main', commit: commit.slice(0, 9) });
});

test.each<[string, () => void, RegExp]>([
  ['.git is a link', () => replaceByLink('.git'), /is a link/],
  ['.git leads to a repository that does not lead back', () => leadTo(create()), /does not lead back/],
  ['.git leads to nothing', () => leadTo('/nowhere'), /not there/],
  ['.git holds anything else', () => leadTo('', 'rm -rf'), /names no folder/],
  ['.git has its refs elsewhere', () => write('commondir', '../other'), /another repository/],
  ['HEAD is a link', () => replaceByLink('.git/HEAD'), /HEAD is a link/],
  ['refs are behind a link', () => replaceByLink('.git/refs'), /behind a link/],
  ['HEAD leads out of refs', () => write('HEAD', 'ref: refs/../../../secret'), /names no branch/],
  ['HEAD is no ref', () => write('HEAD', 'secret'), /names no branch/],
  ['HEAD has signs that deceive', () => write('HEAD', 'ref: refs/heads/\u202emain'), /names no branch/],
  ['HEAD is large', () => write('HEAD', ' '.repeat(5000)), /more than 4 KB/],
  ['HEAD is missing', () => rmSync(inGit('HEAD')), /is not there/],
  ['the settings are large', () => write('config', ' '.repeat(1024 ** 2 + 1)), /more than 1024 KB/],
  ['the settings cannot be parsed', () => write('config', '['), /not a configuration/],
  ['branches are in a reftable', () => run('config', 'extensions.refStorage', 'reftable'), /reftable/],
])('%s: one clear line, with nothing of the file', (_, change, message) => {
  change();
  expect(() => examine('main')).toThrow(refusal);
  expect(() => examine('main')).toThrow(message);
  expect(() => examine('main')).not.toThrow(/secret|rm -rf|nowhere|\u202e|\n/);
});

function write(name: string, text: string): void {
  writeFileSync(inGit(name), text);
}

function replaceByLink(name: string): void {
  const moved = path.join(root, `moved-${path.basename(clone)}`);
  renameSync(path.join(clone, name), moved);
  symlinkSync(moved, path.join(clone, name));
}

function leadTo(folder: string, text = `gitdir: ${folder}/.git\n`): void {
  rmSync(path.join(clone, '.git'), { recursive: true });
  writeFileSync(path.join(clone, '.git'), text);
}

test('the address counts where it is written, and nowhere else', () => {
  run('config', 'url.https://example.org/ann/.insteadOf', 'short:');
  run('config', 'remote.origin.url', 'short:demo');
  expect(() => examine()).toThrow(/another repository/);
  run('config', '--unset', 'remote.origin.url');
  writeFileSync(path.join(clone, 'more'), `[remote "origin"]\nurl = ${URL}\n`);
  run('config', 'include.path', '../more');
  expect(() => examine()).toThrow(/not a clone/);
});

test('whatever the files hold, the answer is a state or an error of ezj', () => {
  const files = ['HEAD', 'config', 'packed-refs', 'refs/heads/main', 'refs/tags/v1', 'commondir'];
  const good = new Map(files.slice(0, 2).map((file) => [file, readFileSync(inGit(file))]));
  mkdirSync(inGit('refs/tags'), { recursive: true });
  const piece = fc.constantFrom(
    'ref: ',
    'refs/heads/main',
    'refs/tags/v1',
    ' ',
    '\n',
    '^',
    commit,
    '# pack-refs with: peeled ',
    '\0',
    '..',
    '/',
    'é',
  );
  const bytes = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.from(pieces.join(''))),
    fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  );
  fc.assert(
    fc.property(fc.constantFrom(...files), bytes, fc.boolean(), (file, content, packed) => {
      for (const [name, text] of good) writeFileSync(inGit(name), text);
      for (const name of ['packed-refs', 'refs/heads/main', 'refs/tags/v1', 'commondir'])
        rmSync(inGit(name), { force: true });
      if (packed) writeFileSync(inGit('packed-refs'), content);
      writeFileSync(inGit(file), content);
      try {
        expect(examine('v1').branch ?? '').toMatch(/^[^\0-\x20]*$/);
      } catch (error) {
        expect(error).toBeInstanceOf(EzjError);
        expect((error as EzjError).code).toBe('folder-taken');
      }
    }),
  );
});

test('a large packed-refs that names a ref a million times is read in linear time', () => {
  const start = cpuMs();
  for (const line of [' refs/tags/v1', ' refs/tags/v1\n', '\n', '^', 'a'.repeat(40)]) {
    writeFileSync(inGit('packed-refs'), line.repeat((16 * 1024 ** 2) / line.length));
    examine('v1');
  }
  writeFileSync(inGit('packed-refs'), ' '.repeat(16 * 1024 ** 2 + 1));
  expect(() => examine('v1')).toThrow(/more than 16384 KB/);
  expect(cpuMs() - start).toBeLessThan(10_000);
});
