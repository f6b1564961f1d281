import { expect, onTestFinished, test } from 'vitest';
import { createSandbox } from '../environment/sandbox.ts';
import { baseImage } from './notebooks.ts';

test('--timings shows how long each part of a start took, and without it nothing of that is said', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const start = ['-d', '--image', baseImage()];
  const { stdout, stderr } = await sandbox.run([...start, '--timings']);
  expect(stdout).toMatch(/^http\S+\n$/);
  const parts = [...stderr.matchAll(/^ *\d+ ms {2}(.+)$/gm)].map(([, part]) => part);
  expect(parts).toEqual([
    'read the project',
    'find the image',
    'create the container',
    'put files into it',
    'start it',
    expect.stringMatching(/check the folder|wait for the server/),
    expect.stringMatching(/check the folder|wait for the server/),
    'all of it',
  ]);
  await sandbox.run(['stop']);
  expect((await sandbox.run([...start, '--json'])).stderr).not.toContain('timing');
});
