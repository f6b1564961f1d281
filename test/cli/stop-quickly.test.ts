import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { inSession, runJson, startNotebook } from './notebooks.ts';

async function debugging(): Promise<Sandbox> {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  sandbox.env.EZJ_DEBUG = '1';
  return sandbox;
}

async function countComparisons({ log }: Sandbox): Promise<number> {
  return (await readFile(log, 'utf8')).match(/ engine GET \S+\/changes /g)?.length ?? 0;
}

test('a session that has written only to its project and its home folder is stopped without a comparison', async () => {
  const sandbox = await debugging();
  await startNotebook(sandbox);
  await inSession(sandbox, ['sh', '-c', 'echo x > in-project; echo x > ~/at-home; echo x > /tmp/x; rm -f /tmp/y']);
  expect(await runJson(sandbox, ['stop'])).toEqual([{ session: 'project', outside: [] }]);
  expect(await runJson(sandbox, ['list'])).toEqual([]);
  expect(await countComparisons(sandbox)).toBe(0);
});

test('an empty file outside keeps the container', async () => {
  const sandbox = await debugging();
  await startNotebook(sandbox);
  await inSession(sandbox, ['sh', '-c', 'touch /opt/empty']);
  expect(await runJson(sandbox, ['stop'])).toEqual([{ session: 'project', outside: ['/opt/empty'] }]);
  expect(await countComparisons(sandbox)).toBe(1);
});
