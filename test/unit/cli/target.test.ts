import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { StartOptions } from '../../../src/cli/start/start-options.ts';
import { createStartRequest } from '../../../src/cli/start/start-request.ts';
import { kernelOf, readKernel, refuseWholeMachine, resolveTarget } from '../../../src/cli/target.ts';
import { shellQuote } from '../../../src/protocol/shell-word.ts';

const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'ezj-project-')));
afterAll(() => rmSync(folder, { recursive: true }));
const odd = path.join(folder, `it's a: "ünï" 数据`);
mkdirSync(odd);
symlinkSync(odd, path.join(folder, 'link'));
writeFileSync(path.join(odd, 'r.ipynb'), JSON.stringify({ metadata: { kernelspec: { name: 'ir', language: 'R' } } }));
writeFileSync(path.join(odd, 'broken.ipynb'), '{');
writeFileSync(path.join(odd, 'notes.txt'), '');

const none: StartOptions = { open: true, mount: [], env: [], envFile: [] };
const request = (argument: string, options: Partial<StartOptions> = {}) =>
  createStartRequest({ argument, options: { ...none, ...options }, cwd: folder, env: {} });

describe('what is to be opened', () => {
  test('a symbolic link leads to the folder that it points to', () => {
    expect(resolveTarget('link', folder)).toEqual({ project: odd });
  });

  test('a notebook is its folder and its name', () => {
    expect(resolveTarget('link/r.ipynb', folder)).toEqual({ project: odd, notebook: 'r.ipynb' });
  });

  test('a file that is no notebook is a usage error with what to type', () => {
    expect(() => resolveTarget('link/notes.txt', folder)).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('ezj link ') }),
    );
  });

  const commandNames = ['list', 'stop'];

  test('a folder that is missing is said, with the command that was meant', () => {
    expect(() => resolveTarget('lsit', folder, { commandNames })).toThrow(
      expect.objectContaining({ code: 'project-missing', hint: 'Did you mean ezj list?' }),
    );
    expect(() => resolveTarget('frobnicate', folder, { commandNames })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('frobnicate is neither a command nor a folder'),
        hint: 'ezj help lists the commands',
      }),
    );
    expect(() => resolveTarget('no/such/folder', folder, { commandNames })).toThrow(
      expect.objectContaining({ hint: undefined }),
    );
  });

  test('the root and the home folder are refused, folders in them are not', () => {
    expect(() => refuseWholeMachine('/', folder)).toThrow(expect.objectContaining({ code: 'project-refused' }));
    expect(() => refuseWholeMachine(odd, path.join(folder, 'link'))).toThrow(/your home folder/);
    expect(() => refuseWholeMachine(odd, folder)).not.toThrow();
  });

  test('shell words are quoted where a shell would split or expand them', () => {
    expect(shellQuote('a/b-c.d')).toBe('a/b-c.d');
    expect(shellQuote("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  });
});

describe('the kernel of a notebook', () => {
  test.each([
    [{ metadata: { kernelspec: { name: 'ir', language: 'R' } } }, 'r'],
    [{ metadata: { language_info: { name: 'R' } } }, 'r'],
    [{ metadata: { kernelspec: { name: 'python3', language: 'python' } } }, 'python'],
    [{}, 'python'],
    [null, 'python'],
  ])('%j starts %s', (notebook, kind) => expect(kernelOf(notebook).kind).toBe(kind));

  test('a kernel that neither kind has is named, with what has it', () => {
    expect(kernelOf({ metadata: { kernelspec: { name: 'julia-1.9' } } })).toEqual({
      kind: 'python',
      remark: `names the kernel "julia-1.9", which ezj's Python image lacks: --stack julia has it`,
    });
    expect(kernelOf({ metadata: { kernelspec: { name: 'octave' } } }).remark).toMatch(/--image REF/);
  });

  test('a damaged notebook starts Python, and it is said', () => {
    const { kind, remark } = readKernel(path.join(odd, 'broken.ipynb'));
    expect([kind, remark]).toEqual(['python', expect.stringMatching(/^cannot be read as a notebook \(.+\)/)]);
    expect(request('link/broken.ipynb').remarks).toHaveLength(1);
  });

  test('a kind may open any file', () => {
    expect(request('link/notes.txt', { kind: 'marimo' }).request).toMatchObject({ notebook: 'notes.txt' });
  });

  test('an R notebook starts R and says so, unless Python was asked for', () => {
    const chosen = request('link/r.ipynb');
    expect([chosen.request.kind, chosen.remarks.length]).toEqual(['r', 1]);
    expect(request('link/r.ipynb', { python3: true }).request.kind).toBe('python');
    expect(request('link', { r: true }).request.kind).toBe('r');
  });
});

describe('a start', () => {
  test('-q never refreshes the image, -u always does', () => {
    expect(request('link').request.refresh).toBe('auto');
    expect(request('link', { quick: true }).request.refresh).toBe('never');
    expect(request('link', { update: true }).request.refresh).toBe('always');
  });

  test.each([
    [{ quick: true, update: true }, /--quick and --update/],
    [{ python2: true }, /Python 2 ended in 2020/],
    [{ python3: true, r: true }, /-3 and -R/],
  ] as [Partial<StartOptions>, RegExp][])('%j is refused', (options, message) => {
    expect(() => request('link', options)).toThrow(message);
  });

  test('variables of the command line win over those of files, later files over earlier ones', () => {
    writeFileSync(path.join(folder, '1.env'), 'A=1\nB=1\nC=1\n');
    writeFileSync(path.join(folder, '2.env'), 'B=2\nC=2\n');
    const { env } = request('link', { envFile: ['1.env', '2.env'], env: ['C=3', 'D=4'] }).request;
    expect(env).toEqual({ A: '1', B: '2', C: '3', D: '4' });
  });
});
