import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseMount, resolveMount, resolveMounts } from '../../../src/cli/options/mount.ts';

const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'ezj-mount-')));
afterAll(() => rmSync(folder, { recursive: true }));
const nothing = () => false;

describe('mounts', () => {
  test.each([
    ['data', { source: 'data', readOnly: false }],
    ['data:ro', { source: 'data', readOnly: true }],
    ['../data:/data', { source: '../data', target: '/data', readOnly: false }],
    ['/a b:/data:ro', { source: '/a b', target: '/data', readOnly: true }],
    ['/data:/data:rw', { source: '/data', target: '/data', readOnly: false }],
    ['/a:b/c:/data', { source: '/a:b/c', target: '/data', readOnly: false }],
    ['C:\\data:/data', { source: 'C:\\data', target: '/data', readOnly: false }],
    ['type=bind,source=/a:/b,target=/c,readonly', { source: '/a:/b', target: '/c', readOnly: true }],
    ['source=/a,dst=/c', { source: '/a', target: '/c', readOnly: false }],
    ['src=a', { source: 'a', target: undefined, readOnly: false }],
  ])('%s is understood', (text, mount) => expect(parseMount(text, nothing)).toEqual(mount));

  test('a colon belongs to the source where such a file exists', () => {
    expect(parseMount('a:b', () => true)).toEqual({ source: 'a:b', readOnly: false });
  });

  test.each([
    '',
    ':/data',
    'a:b',
    'a:/',
    'a:/x:wo',
    'type=volume,source=a,target=/b',
    'type=bind,target=/b',
    'src=a,b=c',
  ])('%j is refused with what is accepted', (text) =>
    expect(() => parseMount(text, nothing)).toThrow(/^--mount ".*" is not accepted: SRC, /));

  test('without a target it is /mnt and the name as it was written', () => {
    mkdirSync(path.join(folder, 'data'));
    symlinkSync('data', path.join(folder, 'link'));
    expect(resolveMount({ source: 'link', readOnly: true }, folder)).toEqual({
      source: path.join(folder, 'data'),
      target: '/mnt/link',
      readOnly: true,
    });
  });

  test('a source that is missing is an error of its own', () => {
    expect(() => resolveMount({ source: 'none', readOnly: false }, folder)).toThrow(
      expect.objectContaining({ code: 'mount-missing', message: expect.stringContaining(path.join(folder, 'none')) }),
    );
  });

  test.each([
    '/work/p',
    '/work',
    '/x/..',
    '/home/ezj/',
    '/home/jovyan',
    '/home',
  ])('a target that hides the project or the home folder is refused: %s', (target) => {
    expect(() => resolveMounts([`${folder}:${target}`], { cwd: '/', project: '/a/p' })).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringMatching(/^--mount .* would hide \/(work|home)\//),
      }),
    );
  });

  test.each([
    '/work/p/data',
    '/work/pp',
    '/home/ezj/data',
    '/data',
  ])('a target beside or below them is fine: %s', (target) => {
    expect(resolveMounts([`${folder}:${target}`], { cwd: '/', project: '/a/p' })).toHaveLength(1);
  });

  test('two mounts on one target are refused', () => {
    expect(() => resolveMounts([`${folder}:/x`, `${folder}:/x/`], { cwd: '/', project: '/p' })).toThrow(
      /another target than \/x/,
    );
  });
});
