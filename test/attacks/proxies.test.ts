import { expect, onTestFinished, test } from 'vitest';
import type { ProjectReport } from '../../src/protocol/project.ts';
import { inSession, runFailing, runJson } from '../cli/notebooks.ts';
import { createSandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';

// Nothing goes through it: a documentation address, that no test reaches.
const HTTPS_PROXY = 'http://ann:s3cret@192.0.2.1:3128';
const GETS = 'gets the user and password of your proxy 192.0.2.1:3128';

test('the password of a proxy reaches no folder before the user agrees, and the folder needs no file for that', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  Object.assign(sandbox.env, { HTTPS_PROXY });
  const start = ['-d', '--image', NOTEBOOK_IMAGE];
  const refused = await runFailing(sandbox, start);
  expect(refused).toMatchObject({
    code: 'project-untrusted',
    details: [GETS],
    hint: `To grant them: ezj trust ${sandbox.project}`,
  });
  expect(JSON.stringify(refused)).not.toContain('s3cret');
  expect(await runJson<ProjectReport>(sandbox, ['trust'])).toMatchObject({ permissions: [GETS], trusted: true });
  await runJson(sandbox, start);
  expect(await inSession(sandbox, ['printenv', 'HTTPS_PROXY'])).toBe(HTTPS_PROXY);
});
