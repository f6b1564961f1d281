import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createSandbox } from '../environment/sandbox.ts';
import { runJson, startNotebook } from './notebooks.ts';

/** Most that a start may ask of the engine where the image is there and was used before. */
const MOST = 9;

test('a start asks the engine for little', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  sandbox.env.EZJ_DEBUG = '1';
  // What is read of an image is kept.
  await startNotebook(sandbox);
  await runJson(sandbox, ['stop']);
  const before = (await readFile(sandbox.log, 'utf8')).length;
  await startNotebook(sandbox);
  const log = (await readFile(sandbox.log, 'utf8')).slice(before);
  // The removal of the first session may be noted after its stop.
  const calls = [...log.matchAll(/ engine (\S+ \S+)/g)].filter(([, call]) => !call?.startsWith('DELETE'));
  expect(calls.length, log).toBeLessThanOrEqual(MOST);
  expect(calls.length, log).toBeGreaterThan(4);
});
