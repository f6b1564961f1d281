import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { request } from '../environment/engine-api.ts';
import { INTERPRETERS } from '../environment/interpreters.ts';
import { listResources } from '../environment/resources.ts';
import { createSandbox } from '../environment/sandbox.ts';

test.each([{ uid: undefined }, { uid: 1234 }])('the command line runs as $uid and leaves nothing behind', async ({
  uid,
}) => {
  const sandbox = await createSandbox({ uid });
  onTestFinished(sandbox.cleanup);
  const { stdout, stderr, exitCode } = await sandbox.run(['list', '--json']);
  expect({ stdout: JSON.parse(stdout), stderr, exitCode }).toMatchObject({ stderr: '', exitCode: 0 });
  const label = `ezj.owner=${sandbox.owner}`;
  await request({
    method: 'POST',
    path: '/volumes/create',
    body: { Name: sandbox.owner, Labels: { 'ezj.owner': sandbox.owner } },
  });
  expect((await listResources({ label })).volumes).toEqual([sandbox.owner]);
  await sandbox.cleanup();
  expect(await listResources({ label })).toEqual({ containers: [], volumes: [], images: [] });
  expect(existsSync(path.dirname(sandbox.home))).toBe(false);
});

test.each(INTERPRETERS)('the command line runs on Node $version', async ({ node }) => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const { stderr, exitCode } = await sandbox.run(['list', '--json'], { node });
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
});
