import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { limitOf } from '../../../src/project-files/file-sizes.ts';
import { kindIn, listFolderIn, lookAt, realPathIn, walkIn } from '../../../src/project-files/list.ts';
import { openFileIn, readFileIn } from '../../../src/project-files/read.ts';
import { createFileIn, writeFileIn } from '../../../src/project-files/write.ts';
import { EzjError } from '../../../src/protocol/errors.ts';
import { swapForLinks } from '../../environment/swapper.ts';

let world: string;
let root: string;
let outside: string;

beforeEach(() => {
  world = realpathSync(mkdtempSync(path.join(tmpdir(), 'ezj-files-')));
  root = path.join(world, 'project');
  outside = path.join(world, 'outside');
  for (const folder of [root, outside, path.join(root, 'sub')]) mkdirSync(folder);
  writeFileSync(path.join(outside, 'secret'), 'SECRET');
  writeFileSync(path.join(root, 'a'), 'one');
  writeFileSync(path.join(root, 'sub/b'), 'two');
});
afterEach(() => rmSync(world, { recursive: true }));

const refuse = (reason: string) => new EzjError({ code: 'environment-invalid', message: reason });
const finding = { refuse };
const read = async (name: string, { limitBytes = 100, ...more } = {}) =>
  (await readFileIn(root, name, { ...finding, limitBytes, ...more }))?.toString();
const link = (target: string, name: string) => symlinkSync(target, path.join(root, name));
const refused = (message: string) => ({ code: 'environment-invalid', message: expect.stringContaining(message) });

describe('reading', () => {
  test('gives the content of a file, and nothing where there is none', async () => {
    expect(await read('a')).toBe('one');
    expect(await read('sub/../sub/./b')).toBe('two');
    expect(await read('none')).toBeUndefined();
    expect(await read('none/a')).toBeUndefined();
    expect(await read('a/b')).toBeUndefined();
    expect(await read('x'.repeat(300))).toBeUndefined();
    expect(await readFileIn(path.join(world, 'gone'), 'a', { ...finding, limitBytes: 9 })).toBeUndefined();
  });

  test('a file of the whole disk is read too', async () => {
    const name = path.join(root, 'a').slice(1);
    expect((await readFileIn('/', name, { ...finding, limitBytes: 9 }))?.toString()).toBe('one');
  });

  test.each([
    ['sub/b', 'two'],
    ['./sub/../sub/b', 'two'],
    ['../project/sub/b', 'two'],
  ])('a link to %s within the folder is followed', async (target, content) => {
    link(target, 'link');
    link('link', 'again');
    link('sub', 'folder');
    expect(await read('again')).toBe(content);
    expect(await read('folder/b')).toBe('two');
    expect(realPathIn(root, 'again', finding)).toBe('sub/b');
  });

  test('an absolute link within the folder is followed', async () => {
    link(path.join(root, 'sub'), 'folder');
    expect(await read('folder/b')).toBe('two');
    expect(await read('folder/../a')).toBe('one');
  });

  test('what leads out of the folder is refused, with where to', async () => {
    link(path.join(outside, 'secret'), 'absolute');
    link('../outside/secret', 'relative');
    link('../outside', 'folder');
    for (const name of ['absolute', 'relative', 'folder/secret'])
      await expect(read(name)).rejects.toMatchObject(
        refused(`it is a link that leads out of the folder, to ${outside}/secret`),
      );
    await expect(read('../outside/secret')).rejects.toMatchObject(refused('it lies outside the folder'));
    await expect(read('sub/../../outside/secret')).rejects.toMatchObject(refused('outside the folder'));
  });

  test('a folder with the beginning of the name is another one', async () => {
    mkdirSync(`${root}-2`);
    writeFileSync(`${root}-2/x`, 'SECRET');
    link(`${root}-2/x`, 'link');
    await expect(read('link')).rejects.toMatchObject(refused('leads out'));
  });

  test('a link to nothing, and links in a circle are refused', async () => {
    link('nothing', 'broken');
    link('none/nothing', 'deep');
    link('two', 'one');
    link('one', 'two');
    await expect(read('broken')).rejects.toMatchObject(refused('broken link'));
    await expect(read('deep')).rejects.toMatchObject(refused('broken link'));
    await expect(read('one')).rejects.toMatchObject(refused('link without an end'));
  });

  test('without links, one is refused at the end and on the way', async () => {
    link('a', 'link');
    link('sub', 'folder');
    for (const name of ['link', 'folder/b'])
      await expect(readFileIn(root, name, { ...finding, limitBytes: 9, links: 'refuse' })).rejects.toMatchObject(
        refused('it is a link'),
      );
  });

  test('a root that has become a link is refused, and so is one in a folder that has', async () => {
    mkdirSync(path.join(outside, 'sub'));
    writeFileSync(path.join(outside, 'sub/b'), 'SECRET');
    renameSync(root, `${root}-before`);
    symlinkSync(outside, root);
    await expect(read('sub/b')).rejects.toMatchObject(refused(`${root} leads through a link now`));
    const below = path.join(root, 'sub');
    await expect(readFileIn(below, 'b', { ...finding, limitBytes: 9 })).rejects.toMatchObject(
      refused('through a link'),
    );
  });

  test('a name with a NUL is refused', async () => {
    await expect(read('a\0b')).rejects.toMatchObject(refused('NUL'));
  });

  test('only regular files are opened: neither a folder nor a pipe, a socket or a device', async () => {
    execFileSync('mkfifo', [path.join(root, 'pipe')]);
    const server = net.createServer().listen(path.join(root, 'socket'));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    for (const name of ['sub', 'pipe', 'socket'])
      await expect(read(name)).rejects.toMatchObject(refused('it is not a file'));
    const device = readFileIn('/dev', 'null', { ...finding, limitBytes: 9 });
    await expect(device).rejects.toMatchObject(refused('it is not a file'));
  });

  test('a file above the limit is refused with its size, and one at the limit is read', async () => {
    expect(await read('a', { limitBytes: 3 })).toBe('one');
    await expect(read('a', { limitBytes: 2 })).rejects.toMatchObject(refused('it has 3 bytes; the limit is 2'));
  });

  test('a file that grows while it is read never gives more than was asked for', async () => {
    const file = await openFileIn(root, 'a', finding);
    appendFileSync(path.join(root, 'a'), 'x'.repeat(1_000_000));
    const chunks: Buffer[] = [];
    for await (const chunk of file?.bytes(10) ?? []) chunks.push(chunk);
    await file?.close();
    expect(Buffer.concat(chunks).toString()).toBe('onexxxxxxx');
  });

  test('a file without a size of its own is read up to the limit', async () => {
    const status = readFileIn('/proc', 'self/status', { ...finding, limitBytes: 10 });
    await expect(status).rejects.toMatchObject(refused('the limit is 10'));
  });

  test('leaves no descriptor open', async () => {
    link('../outside/secret', 'link');
    const count = () => readdirSync('/proc/self/fd').length;
    await read('a');
    const before = count();
    for (let i = 0; i < 50; i++) {
      await read('sub/b');
      await read('link').catch(() => {});
      await read('a', { limitBytes: 1 }).catch(() => {});
      await read('none/x');
      kindIn(root, 'sub', finding);
      await walkIn(root, '.', { ...finding, visit: () => true });
    }
    expect(count()).toBe(before);
  });
});

describe('listing', () => {
  test('tells what a name leads to, and what an entry is itself', async () => {
    link('sub', 'folder');
    link('../outside', 'out');
    expect(['a', 'sub', 'folder', 'none'].map((name) => kindIn(root, name, finding))).toEqual([
      'file',
      'folder',
      'folder',
      undefined,
    ]);
    expect(() => kindIn(root, 'out', finding)).toThrow('leads out');
    expect(lookAt(root, 'out', finding)).toMatchObject({ kind: 'link', target: '../outside' });
    expect(() => lookAt(root, 'out/secret', finding)).toThrow('lies behind one');
  });

  test('names come in portions, and all of them', async () => {
    for (let i = 0; i < 2500; i++) writeFileSync(path.join(root, 'sub', `${i}`), '');
    const names: string[] = [];
    for await (const name of listFolderIn(root, 'sub', finding)) names.push(name);
    expect(new Set(names).size).toBe(2501);
  });

  test('a walk enters what it is told to, and no link', async () => {
    link('../outside', 'sub/out');
    mkdirSync(path.join(root, 'skipped/deep'), { recursive: true });
    const seen: string[] = [];
    const visit = (name: string) => {
      seen.push(name);
      return name !== 'skipped';
    };
    await walkIn(root, '.', { ...finding, visit });
    expect(seen.sort()).toEqual(['.', 'a', 'skipped', 'sub', 'sub/b', 'sub/out']);
  });

  test('folders in each other without an end are refused', async () => {
    let folder = path.join(root, 'sub');
    for (let i = 0; i < 150; i++) folder = path.join(folder, 'd');
    mkdirSync(folder, { recursive: true });
    await expect(walkIn(root, '.', { ...finding, visit: () => true })).rejects.toMatchObject(refused('100 levels'));
  });
});

describe('writing', () => {
  const write = (name: string, before: string | undefined, content = 'new') =>
    writeFileIn(root, name, {
      read: before === undefined ? undefined : Buffer.from(before),
      content: Buffer.from(content),
      refuse,
    });

  test('replaces a file with its mode, and keeps a link within the folder', async () => {
    link('sub/b', 'link');
    chmodSync(path.join(root, 'sub/b'), 0o640);
    await write('link', 'two');
    expect(lstatSync(path.join(root, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(path.join(root, 'sub/b'), 'utf8')).toBe('new');
    expect(statSync(path.join(root, 'sub/b')).mode & 0o777).toBe(0o640);
    expect(readdirSync(path.join(root, 'sub'))).toEqual(['b']);
  });

  test('writes through no link that leads out, and not over what was changed', async () => {
    link('../outside/secret', 'link');
    link('../outside', 'folder');
    await expect(write('link', 'SECRET')).rejects.toMatchObject(refused('leads out'));
    await expect(write('folder/new', undefined)).rejects.toMatchObject(refused('leads out'));
    await expect(write('a', 'other')).rejects.toMatchObject(refused('changed in the meantime'));
    await expect(write('a', undefined)).rejects.toMatchObject(refused('changed in the meantime'));
    await expect(write('none/a', undefined)).rejects.toMatchObject(refused('its folder does not exist'));
    expect(readFileSync(path.join(outside, 'secret'), 'utf8')).toBe('SECRET');
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(readdirSync(root).sort()).toEqual(['a', 'folder', 'link', 'sub']);
  });

  test('creates a file with its folders, but neither behind a link nor over another file', async () => {
    const create = (name: string) => createFileIn(root, name, { content: Buffer.from('new'), refuse });
    await create('x/y/z');
    expect(readFileSync(path.join(root, 'x/y/z'), 'utf8')).toBe('new');
    link('../outside', 'folder');
    link('nothing', 'broken');
    for (const name of ['folder/z', 'broken', 'a', 'a/z']) await expect(create(name)).rejects.toBeInstanceOf(EzjError);
    expect(readdirSync(outside)).toEqual(['secret']);
  });
});

test('whatever is swapped for a link meanwhile, nothing from outside is read, listed or written', async () => {
  link('../outside', 'sub-link');
  link('../outside/b', 'a-link');
  writeFileSync(path.join(outside, 'b'), 'SECRET');
  const end = await swapForLinks([path.join(root, 'sub'), path.join(root, 'a')]);
  const results = new Set<string | undefined>();
  const note = (reason: string) =>
    new EzjError({ code: 'environment-invalid', message: reason.replace(/, to .*/, '') });
  const list = async (folder: string) => {
    for await (const name of listFolderIn(root, folder, { refuse: note })) results.add(`name ${name}`);
  };
  const until = performance.now() + 1500;
  for (let i = 0; performance.now() < until; i++) {
    for (const name of ['sub/b', 'a']) {
      const content = readFileIn(root, name, { refuse: note, limitBytes: 100 });
      results.add(await content.then(String, ({ message }: Error) => message));
    }
    await list('sub').catch(() => {});
    const written = { read: undefined, content: Buffer.from(''), refuse: note };
    await writeFileIn(root, `sub/new${i}`, written).catch(() => {});
  }
  await end();
  expect(results).toContain('two');
  expect(results).toContain('it is a link that leads out of the folder');
  expect([...results].filter((each) => /SECRET|name secret/.test(each ?? ''))).toEqual([]);
  expect(readdirSync(outside).sort()).toEqual(['b', 'secret']);
}, 20_000);

test('each kind of file has a limit, and locks have one that real ones fit into', () => {
  const names = ['ezj.yaml', 'binder/environment.yml', 'uv.lock', 'renv.lock', 'requirements/base.txt', 'a/Dockerfile'];
  const MIB = 2 ** 20;
  expect(names.map(limitOf)).toEqual([MIB, MIB, 8 * MIB, 4 * MIB, 4 * MIB, MIB / 8]);
});
