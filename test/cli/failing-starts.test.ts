import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from '../environment/engine-api.ts';
import type { Resources } from '../environment/resources.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { buildImage, scriptImage } from './derived-image.ts';
import { type Failure, leftovers, listSessions, runFailing, runJson } from './notebooks.ts';

let sandbox: Sandbox;
let base: string;

beforeAll(async () => {
  sandbox = await createSandbox();
  base = NOTEBOOK_IMAGE;
});

afterAll(() => sandbox.cleanup());

/** Starts an image that cannot become a session, and sees to it that nothing but the image is there afterwards. */
async function startAndFail(script: string, args: string[] = []): Promise<Failure> {
  const image = await buildImage(sandbox, { dockerfile: scriptImage(base, script) });
  const before: Resources = await leftovers(sandbox);
  const failure = await runFailing(sandbox, ['-d', '--image', image, ...args]);
  expect(await leftovers(sandbox)).toEqual(before);
  expect(await listSessions(sandbox)).toEqual([]);
  return failure;
}

test('a server that ends at once is reported with its exit code and its last lines', async () => {
  const failure = await startAndFail('(seq 100; echo last words) >&2; exit 3');
  expect(failure).toMatchObject({ exitCode: 7, code: 'session-exited' });
  expect(failure.message).toContain('exit code 3');
  expect(failure.details?.slice(-2)).toEqual(['100', 'last words']);
  expect(failure.details?.length).toBeLessThan(20);
});

test('a command that the image does not have is named', async () => {
  const image = await buildImage(sandbox, { dockerfile: `FROM ${base}\nENTRYPOINT ["/no/such/server"]\n` });
  const before = await leftovers(sandbox);
  const failure = await runFailing(sandbox, ['-d', '--image', image]);
  expect(failure).toMatchObject({ exitCode: 7, code: 'session-exited' });
  expect(failure.details?.join()).toContain('exec /no/such/server failed: No such file or directory');
  expect(await leftovers(sandbox)).toEqual(before);
});

test('a server that runs out of memory is reported as that', async () => {
  const failure = await startAndFail(`python3 -c 'x = bytearray(500_000_000); print(len(x))'`, ['--memory', '64m']);
  expect(failure).toMatchObject({ exitCode: 7, code: 'session-exited' });
  expect(failure.message).toContain('ran out of memory');
  expect(failure.hint).toContain('--memory');
});

test('a server that never answers is given up at the deadline of the configuration', async () => {
  await runJson(sandbox, ['config', 'set', 'ready.timeoutSeconds', '1']);
  const failure = await startAndFail('echo "still thinking"; exec sleep 1000');
  expect(failure).toMatchObject({ exitCode: 7, code: 'session-not-ready', details: ['still thinking'] });
  expect(failure.message).toContain('within 1 s');
  expect(failure.hint).toContain('ready.timeoutSeconds');
});

test('a server that refuses the session’s token is called foreign', async () => {
  const refuse = [
    'import http.server as s',
    'class H(s.BaseHTTPRequestHandler):',
    '  def do_GET(self): self.send_error(403)',
    's.HTTPServer(("", 8888), H).serve_forever()',
  ];
  const failure = await startAndFail(`exec python3 -c '${refuse.join('\n')}'`);
  expect(failure).toMatchObject({ exitCode: 7, code: 'server-foreign' });
  expect(failure.hint).toContain('--port');
  await runJson(sandbox, ['config', 'unset', 'ready.timeoutSeconds']);
});

test('what a failed start leaves is the home folder that was there before', async () => {
  const project = path.join(sandbox.home, 'kept');
  await mkdir(project);
  await runJson(sandbox, ['-d', '--image', base, project]);
  await sandbox.run(['stop', 'kept']);
  await startAndFail('exit 1', [project]);
  expect((await leftovers(sandbox)).volumes).toEqual([expect.stringMatching(/^ezj-home-kept-/)]);
});

test('an image that is not here is not looked for with -q', async () => {
  const failure = await runFailing(sandbox, ['-d', '-q', '--image', 'ezj-test/nowhere:1']);
  expect(failure).toMatchObject({ exitCode: 5, code: 'image-not-local' });
  expect(failure.message).toContain('ezj-test/nowhere:1');
});

test('more processors than there are is a wrong use, which names both numbers', async () => {
  const { NCPU } = (await request({ path: '/info' })) as { NCPU: number };
  const before = await leftovers(sandbox);
  const failure = await runFailing(sandbox, ['-d', '--image', base, '--cpus', String(NCPU + 1)]);
  expect(failure).toMatchObject({ exitCode: 2, code: 'usage' });
  expect(failure.message).toContain(`--cpus "${NCPU + 1}" is not accepted: at most ${NCPU}`);
  expect(failure.hint).toContain('Without --cpus');
  expect(await leftovers(sandbox)).toEqual(before);
});
