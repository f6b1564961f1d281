import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createSandbox } from '../environment/sandbox.ts';
import { runJson, startNotebook } from './notebooks.ts';

const PASSWORD = 'S3cret-of-this-test';

test('EZJ_DEBUG=1 logs each call with its time and outcome, and no secret', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  sandbox.env.EZJ_DEBUG = '1';
  const { url, session } = await startNotebook(sandbox, ['-e', `PASSWORD=${PASSWORD}`]);
  await runJson(sandbox, ['stop']);
  const { lines } = await runJson<{ lines: string[] }>(sandbox, ['daemon', 'logs', '--tail', '1000']);
  const log = lines.join('\n');
  expect(log).toMatch(/ call POST \/v1\/sessions done \d+ ms$/m);
  expect(log).toMatch(new RegExp(` call POST /v1/sessions/${session.name}/stop done \\d+ ms$`, 'm'));
  expect(log).toMatch(/ engine POST \/containers\/create 201 \d+ ms$/m);
  expect(log).toMatch(new RegExp(` engine DELETE /containers/${session.container} 204 \\d+ ms$`, 'm'));
  expect(await readFile(sandbox.log, 'utf8')).toContain(log);
  for (const secret of [PASSWORD, new URL(url).searchParams.get('token') ?? '?']) expect(log).not.toContain(secret);
});

test('without EZJ_DEBUG the log holds no calls', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  sandbox.env.EZJ_DEBUG = undefined;
  await runJson(sandbox, ['prune']);
  expect(await readFile(sandbox.log, 'utf8')).not.toMatch(/ (call|engine) [A-Z]+ \//);
});
