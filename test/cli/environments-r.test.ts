import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { EnvironmentReport } from '../../src/protocol/environment.ts';
import { type Cran, STAND_IN_RENV, startCran } from '../environment/cran.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { inSession, listSessions, runFailing, runJson } from './notebooks.ts';

async function openWorld(): Promise<{ sandbox: Sandbox; cran: Cran }> {
  const [sandbox, cran] = [await createSandbox({ uid: 1000 }), await startCran()];
  onTestFinished(async () => {
    await sandbox.cleanup();
    await cran.close();
  });
  Object.assign(sandbox.env, { CRAN: cran.url });
  return { sandbox, cran };
}

const write = ({ project }: Sandbox, name: string, text: string) => writeFile(path.join(project, name), text);

async function start(sandbox: Sandbox): Promise<string> {
  const { exitCode, stderr } = await sandbox.run(['-d']);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stderr;
}

test('R’s own files mean R, and their packages are there: a lock, a DESCRIPTION, an install.R that was agreed to', async () => {
  const { sandbox, cran } = await openWorld();
  await cran.add('renv', '1.0.0', STAND_IN_RENV);
  await cran.add('ezjone', '1.2', 'answer <- function() 1\n');
  await cran.add('ezjtwo', '2.0', 'answer <- function() 2\n');

  await write(
    sandbox,
    'renv.lock',
    JSON.stringify({ R: {}, Packages: { ezjone: { Package: 'ezjone', Version: '1.2' } } }),
  );
  expect(await start(sandbox)).toMatch(/^renv\.lock is here: starting with R \(-3 for Python\)$/m);
  expect(await listSessions(sandbox)).toMatchObject([{ kind: 'r' }]);
  // A project whose .Rprofile turns renv on uses the image's packages nevertheless.
  const look = ['Rscript', '-e', 'cat(ezjone::answer(), Sys.getenv("RENV_CONFIG_AUTOLOADER_ENABLED"))'];
  expect(await inSession(sandbox, look)).toBe('1 FALSE');
  await runJson(sandbox, ['stop']);

  await rm(path.join(sandbox.project, 'renv.lock'));
  await write(sandbox, 'DESCRIPTION', 'Package: mine\nImports: ezjone (>= 1.1)\n');
  await write(sandbox, 'install.R', 'install.packages("ezjtwo")\n');
  expect(await runJson<EnvironmentReport>(sandbox, ['env'])).toMatchObject({
    kind: 'r',
    permissions: [
      'runs its install.R while the image is built, as root in a container with network and your package indexes',
    ],
  });
  const refused = { code: 'project-untrusted', exitCode: 2, details: [expect.stringContaining('install.R')] };
  expect(await runFailing(sandbox, ['-d'])).toMatchObject(refused);
  await runJson(sandbox, ['trust']);
  await start(sandbox);
  expect(await inSession(sandbox, ['Rscript', '-e', 'cat(ezjone::answer() + ezjtwo::answer())'])).toBe('3');
  await runJson(sandbox, ['stop']);

  await write(sandbox, 'install.R', 'install.packages("ezjthree")\n');
  expect(await runFailing(sandbox, ['-d'])).toMatchObject(refused);
  const failure = await runFailing(sandbox, ['-d', '--yes']);
  expect(failure).toMatchObject({ code: 'build-failed', message: expect.stringContaining('install.R') });
  expect(failure.details?.join('\n')).toContain('ezjthree');
});
