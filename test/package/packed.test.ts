import { execFile } from 'node:child_process';
import { lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../environment/engine.ts';
import { INTERPRETERS } from '../environment/interpreters.ts';
import { listResources } from '../environment/resources.ts';
import { createSandbox } from '../environment/sandbox.ts';

const run = promisify(execFile);
const MEGABYTE = 1e6;
const NODES = [{ version: process.versions.node, node: process.execPath }, ...INTERPRETERS];

let prefix: string;
let installed: string;
let files: string[];

beforeAll(async () => {
  prefix = await mkdtemp(path.join(tmpdir(), 'ezj-package-'));
  // `dist` is the built one already: building it anew would take it away from tests that run at the same time.
  const packed = await npm('pack', '--ignore-scripts', '--json', '--pack-destination', prefix, ROOT);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  await npm('install', '--global', '--offline', '--prefix', prefix, path.join(prefix, filename));
  installed = path.join(prefix, 'lib', 'node_modules', 'ezj');
  files = (await readdir(installed, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(installed, path.join(entry.parentPath, entry.name)))
    .sort();
});

afterAll(() => rm(prefix, { recursive: true, force: true }));

test('the package installs without a registry, without dependencies and without running a script', async () => {
  expect(await readdir(path.dirname(installed))).toEqual(['ezj']);
  expect(files.filter((name) => name.includes('node_modules') || name.endsWith('.node'))).toEqual([]);
  const { dependencies, optionalDependencies, scripts } = await manifest();
  expect({ dependencies, optionalDependencies }).toEqual({});
  const atInstall = ['preinstall', 'install', 'postinstall', 'prepare'];
  expect(Object.keys(scripts).filter((name) => atInstall.includes(name))).toEqual([]);
});

test('the package holds the bundles, the images and the licenses, and nothing of the development', async () => {
  expect(files).toEqual(
    expect.arrayContaining([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/THIRD-PARTY-LICENSES.txt',
      'dist/daemon.cjs',
      'dist/ezj.cjs',
      'dist/parser.cjs',
      'images/base/Dockerfile',
      'images/python/Dockerfile',
      'images/r/Dockerfile',
      'package.json',
    ]),
  );
  const foreign = files.filter((name) => /\.(map|ts)$|(^|\/)(test|bench|src|bin)\/|revision$/.test(name));
  expect(foreign).toEqual([]);
  const licenses = await readFile(path.join(installed, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  for (const name of ['commander', 'dockerode', 'hono', 'zod'])
    expect(licenses).toMatch(new RegExp(`^${name} \\d`, 'm'));
});

test('the installed package stays below 10 MB', async () => {
  const sizes = await Promise.all(files.map(async (name) => (await lstat(path.join(installed, name))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0) / MEGABYTE).toBeLessThan(10);
});

test.each(NODES)('the installed ezj starts, lists and stops a notebook on Node $version', async ({ node }) => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const ezj = (...args: string[]) =>
    run(node, [path.join(prefix, 'bin', 'ezj'), ...args], { cwd: sandbox.project, env: sandbox.env });
  expect((await ezj('--version')).stdout.trim()).toBe((await manifest()).version);
  expect(JSON.parse((await ezj('list', '--json')).stdout)).toEqual([]);
  const url = (await ezj('-d')).stdout.trim();
  const answer = await fetch(new URL(`/api/status${new URL(url).search}`, url));
  expect(answer.status).toBe(200);
  expect(JSON.parse((await ezj('list', '--json')).stdout)).toMatchObject([{ name: 'project', state: 'running' }]);
  // The daemon is the package's own too, not the checkout's.
  const { pid } = JSON.parse((await ezj('daemon', 'status', '--json')).stdout) as { pid: number };
  expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain(path.join(installed, 'dist', 'daemon.cjs'));
  await ezj('stop');
  await ezj('daemon', 'stop');
  expect((await listResources({ label: `ezj.owner=${sandbox.owner}` })).containers).toEqual([]);
});

async function npm(...args: string[]): Promise<string> {
  // An empty cache: nothing that this machine happens to have can stand in for what the package lacks.
  const { stdout } = await run('npm', [...args, '--cache', path.join(prefix, 'cache'), '--no-audit', '--no-fund']);
  return stdout;
}

async function manifest(): Promise<Manifest> {
  const text = await readFile(path.join(installed, 'package.json'), 'utf8');
  return { dependencies: undefined, optionalDependencies: undefined, ...JSON.parse(text) };
}

interface Manifest {
  version: string;
  scripts: Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
