import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { discoverServer, type ServerSession } from '../../../src/notebooks/jupyter.ts';

/** Stands in for a session: commands run on this machine, in a home folder of their own. */
function standInSession(home: string, log: string): ServerSession {
  const env = { HOME: home, JUPYTER_RUNTIME_DIR: '' };
  return {
    run: async ([file = '', ...args]) => (await execa(file, args, { env })).stdout,
    log: async () => log,
  };
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
  const session = standInSession(home, 'http://127.0.0.1:8888/lab?token=0123456789abcdef');
  const tokens = (await discoverServer(session, 8888)).map(({ token }) => token);
  expect(tokens).toEqual(['jpserver-12.json', 'jpserver-9.json', '0123456789abcdef']);
});

test('a container without runtime files has the server of its log alone', async () => {
  expect(await discoverServer(standInSession('/nowhere', ''), 8888)).toEqual([]);
});
