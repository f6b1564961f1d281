import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Resources } from '../environment/resources.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { buildImage, scriptImage } from './derived-image.ts';
import { type Failure, leftovers, listSessions, runFailing } from './notebooks.ts';

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
