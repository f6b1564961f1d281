import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type FaultRule, startFaultyEngine } from '../environment/faulty-engine.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { leftovers, NOTHING, runFailing, runJson } from './notebooks.ts';

/** A folder with an environment, on an engine of which this goes wrong. */
async function openWorld(rule: FaultRule): Promise<{ sandbox: Sandbox; start: string[] }> {
  const sandbox = await createSandbox();
  const start = ['-d', '--yes', '--image', NOTEBOOK_IMAGE];
  const engine = await startFaultyEngine({ rules: [rule] });
  onTestFinished(async () => {
    await sandbox.cleanup();
    await engine.stop();
  });
  sandbox.env.DOCKER_HOST = engine.url;
  // Of this run alone, so that no other has built it.
  await writeFile(path.join(sandbox.project, 'postBuild'), `#!/bin/sh\necho ${sandbox.owner} > /opt/built\n`);
  return { sandbox, start };
}

test.each([
  ['the disk is full when a step is made an image', 'no space left on device', { code: 'disk-full', exitCode: 6 }],
  ['an image is not made for another reason', 'out of luck', { message: expect.stringContaining('out of luck') }],
])('%s: it is said, and nothing is left', async (_, message, expected) => {
  const answer: FaultRule = { method: 'POST', path: /^\/commit$/, fault: { kind: 'answer', status: 500, message } };
  const { sandbox, start } = await openWorld(answer);
  expect(await runFailing(sandbox, start)).toMatchObject(expected);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
  await runJson(sandbox, start, { env: { DOCKER_HOST: undefined } });
});

test('the output of a step that is cut off does not make a failed step a good one', async () => {
  const cut: FaultRule = { path: /^\/containers\/[^/]+\/logs$/, fault: { kind: 'cut', afterBytes: 0 } };
  const { sandbox, start } = await openWorld(cut);
  await writeFile(path.join(sandbox.project, 'postBuild'), `#!/bin/sh\necho ${sandbox.owner}\nexit 3\n`);
  expect(await runFailing(sandbox, start)).toMatchObject({ exitCode: expect.any(Number) });
  const { containers, images } = await leftovers(sandbox);
  expect({ containers, images }).toEqual({ containers: [], images: [] });
});
