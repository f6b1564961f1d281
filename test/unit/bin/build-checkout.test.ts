import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../../environment/engine.ts';

// Stands in for npm, which would need a registry: it notes its calls, makes what they make, and hangs where it is told to.
const NPM = `#!/bin/sh
echo "$1" >> calls
if [ -e hang-in-$1 ]; then echo $$ > npm-pid.new; mv npm-pid.new npm-pid; exec sleep 1000; fi
case $1 in
  ci) mkdir -p node_modules && touch node_modules/.package-lock.json ;;
  run)
    mkdir -p dist
    echo 'console.log("ran")' > dist/ezj.cjs
    '${process.execPath}' -p 'require("./bin/checkout.js").revision()' > dist/revision ;;
esac
`;

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'ezj-checkout-'));
  await cp(path.join(ROOT, 'bin'), path.join(root, 'bin'), { recursive: true });
  await mkdir(path.join(root, '.git', 'refs', 'heads'), { recursive: true });
  await write('.git/HEAD', 'ref: refs/heads/main\n');
  await write('.git/refs/heads/main', 'a1\n');
  await write('package-lock.json', '{}');
  await write('tools/npm', NPM, 0o755);
});

afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));

async function write(name: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(path.dirname(path.join(root, name)), { recursive: true });
  await writeFile(path.join(root, name), text, { mode });
}

const calls = async () => (await readFile(path.join(root, 'calls'), 'utf8')).trim().split('\n');

function start(): { child: ChildProcess; ended: Promise<{ exitCode: number | null; stdout: string; stderr: string }> } {
  const child = spawn(process.execPath, [path.join(root, 'bin', 'ezj')], {
    env: { ...process.env, PATH: `${path.join(root, 'tools')}:${process.env.PATH}` },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (text) => {
      output[name] += text;
    });
  }
  return {
    child,
    ended: new Promise((resolve) => child.on('exit', (exitCode) => resolve({ exitCode, ...output }))),
  };
}

/** The process number of an npm that hangs. */
async function hangingNpm(): Promise<number> {
  const file = path.join(root, 'npm-pid');
  await new Promise<void>((resolve) => {
    const look = () => {
      if (existsSync(file)) resolve();
    };
    const watcher = watch(root, look);
    onTestFinished(() => watcher.close());
    look();
  });
  const pid = Number(await readFile(file, 'utf8'));
  await rm(file);
  return pid;
}

test('a checkout is installed and built by its first command, and by no other', async () => {
  expect(await start().ended).toMatchObject({ exitCode: 0, stdout: 'ran\n' });
  expect(await start().ended).toEqual({ exitCode: 0, stdout: 'ran\n', stderr: '' });
  expect(await calls()).toEqual(['ci', 'run']);
});

test('two commands at once build a checkout once', async () => {
  const both = await Promise.all([start().ended, start().ended]);
  expect(both.map(({ stdout }) => stdout)).toEqual(['ran\n', 'ran\n']);
  expect(await calls()).toEqual(['ci', 'run']);
});

test('another commit is built anew, and said', async () => {
  await start().ended;
  await write('.git/refs/heads/main', 'b2\n');
  const { stdout, stderr } = await start().ended;
  expect(stdout).toBe('ran\n');
  expect(stderr).toContain('another commit');
  await start().ended;
  expect(await calls()).toEqual(['ci', 'run', 'run']);
});

test('the lock of a command that was killed is broken', async () => {
  await write('hang-in-run', '');
  const { child, ended } = start();
  const npm = await hangingNpm();
  child.kill('SIGKILL');
  await ended;
  process.kill(npm, 'SIGKILL');
  await rm(path.join(root, 'hang-in-run'));
  // As if it had been killed a minute ago.
  const then = new Date(Date.now() - 60_000);
  await utimes(path.join(root, '.build-lock'), then, then);
  expect(await start().ended).toMatchObject({ exitCode: 0, stdout: 'ran\n' });
  expect(await calls()).toEqual(['ci', 'run', 'run']);
});

test('the lock of a command that works is left alone, however long it takes', async () => {
  await write('hang-in-run', '');
  const first = start();
  const npm = await hangingNpm();
  const second = start();
  await new Promise((resolve) => second.child.stderr?.once('data', resolve));
  await rm(path.join(root, 'hang-in-run'));
  process.kill(npm, 'SIGKILL');
  expect((await first.ended).exitCode).toBe(1);
  expect(await second.ended).toMatchObject({ exitCode: 0, stdout: 'ran\n' });
  expect(await calls()).toEqual(['ci', 'run', 'run']);
});

test('an installation that was killed is done anew', async () => {
  await write('node_modules/.package-lock.json', '{}');
  await write('hang-in-ci', '');
  const later = new Date(Date.now() + 60_000);
  await utimes(path.join(root, 'package-lock.json'), later, later);
  const { ended } = start();
  process.kill(await hangingNpm(), 'SIGKILL');
  const { exitCode, stderr } = await ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(/npm ci .*SIGKILL/) });
  await rm(path.join(root, 'hang-in-ci'));
  const now = new Date();
  await utimes(path.join(root, 'package-lock.json'), now, now);
  expect(await start().ended).toMatchObject({ exitCode: 0, stdout: 'ran\n' });
  expect(await calls()).toEqual(['ci', 'ci', 'run']);
});
