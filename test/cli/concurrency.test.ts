import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { buildImage, scriptImage } from './derived-image.ts';
import { askServer, baseImage, leftovers, listSessions, runJson } from './notebooks.ts';

const MANY = 20;
// Twenty servers of JupyterLab take most of a minute on two cores; this one answers the same call by the same rule.
const LIGHT_SERVER = [
  'import http.server, os',
  'class Handler(http.server.BaseHTTPRequestHandler):',
  '    def do_GET(self):',
  '        known = self.headers.get("authorization") == "token " + os.environ["JUPYTER_TOKEN"]',
  '        self.send_response(200 if known else 403)',
  '        self.end_headers()',
  'http.server.HTTPServer(("", 8888), Handler).serve_forever()',
].join('\n');

async function prepare(): Promise<{ sandbox: Sandbox; image: string }> {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const dockerfile = scriptImage(await baseImage(sandbox), `exec python3 -SEc '${LIGHT_SERVER}'`);
  const image = await buildImage(sandbox, { dockerfile });
  // The daemon too is started by whichever of the twenty comes first.
  await sandbox.run(['daemon', 'stop']);
  return { sandbox, image };
}

test('twenty starts at the same moment in twenty folders give twenty sessions', async () => {
  const { sandbox, image } = await prepare();
  const folders = Array.from({ length: MANY }, (_, n) => path.join(sandbox.home, `p${n}`, 'work'));
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
  const started = await Promise.all(
    folders.map((folder) => runJson<SessionAccess>(sandbox, ['-d', '--image', image, folder])),
  );
  for (const part of ['name', 'port', 'container'] as const) {
    expect(new Set(started.map(({ session }) => session[part])).size).toBe(MANY);
  }
  expect(await Promise.all(started.map(({ url }) => askServer(url)))).toEqual(Array(MANY).fill(200));
  expect((await listSessions(sandbox)).map(({ project }) => project).sort()).toEqual([...folders].sort());
  expect(await runJson<object[]>(sandbox, ['stop', '--all'])).toHaveLength(MANY);
  expect((await leftovers(sandbox)).containers).toEqual([]);
});

test('twenty starts at the same moment in one folder give one session, and twenty times its URL', async () => {
  const { sandbox, image } = await prepare();
  const started = await Promise.all(
    Array.from({ length: MANY }, () => runJson<SessionAccess>(sandbox, ['-d', '--image', image])),
  );
  expect(new Set(started.map(({ url }) => url)).size).toBe(1);
  expect((await leftovers(sandbox)).containers).toEqual([started[0]?.session.container]);
  const { lines } = await runJson<{ lines: string[] }>(sandbox, ['daemon', 'logs']);
  expect(lines.filter((line) => line.includes('another daemon serves'))).toEqual([]);
});
