import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import type { Engine, ExecOptions } from '../../../src/engine/engine.ts';
import { discoverServer } from '../../../src/notebooks/jupyter.ts';

const options = { containerPort: 8888, signal: new AbortController().signal };

/** Stands in for a container: commands run on this machine, in a home folder of their own. */
function standInEngine(home: string, log: string): Engine {
  const exec = async ({ cmd: [file = '', ...args] }: ExecOptions) => {
    const { exitCode = -1, stdout } = await execa(file, args, { env: { HOME: home, JUPYTER_RUNTIME_DIR: '' } });
    return { exitCode, output: stdout };
  };
  const containerLogs = async () => Readable.from([log]);
  return { exec: (_: string, command: ExecOptions) => exec(command), containerLogs } as unknown as Engine;
}

test('servers are tried newest first, whatever their files are called, and then the one in the log', async () => {
  const home = await mkdtemp(path.join(tmpdir(), 'ezj-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const runtime = path.join(home, '.local/share/jupyter/runtime');
  await mkdir(runtime, { recursive: true });
  for (const [i, name] of ['jpserver-9.json', 'jpserver-12.json', 'jpserver-7.json'].entries()) {
    const file = path.join(runtime, name);
    const port = name === 'jpserver-7.json' ? 9999 : 8888;
    await writeFile(file, JSON.stringify({ port, token: name, base_url: '/' }, null, 1));
    await utimes(file, 1000 + i, 1000 + i);
  }
  const engine = standInEngine(home, 'http://127.0.0.1:8888/lab?token=0123456789abcdef');
  const tokens = (await discoverServer(engine, 'c', options)).map(({ token }) => token);
  expect(tokens).toEqual(['jpserver-12.json', 'jpserver-9.json', '0123456789abcdef']);
});

test('a container without runtime files has the server of its log alone', async () => {
  expect(await discoverServer(standInEngine('/nowhere', ''), 'c', options)).toEqual([]);
});
