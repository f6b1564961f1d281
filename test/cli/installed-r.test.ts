import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { InstalledReport } from '../../src/protocol/environment.ts';
import { type Cran, STAND_IN_RENV, startCran } from '../environment/cran.ts';
import { LIGHT_SERVER } from '../environment/light-server.ts';
import { removeLabelled } from '../environment/resources.ts';
import { uniqueName } from '../environment/run-id.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { buildImage } from './derived-image.ts';
import { inSession, runJson } from './notebooks.ts';

async function openWorld(uid: number): Promise<{ sandbox: Sandbox; cran: Cran }> {
  const [sandbox, cran] = [await createSandbox({ uid }), await startCran()];
  onTestFinished(async () => {
    await sandbox.cleanup();
    await cran.close();
  });
  Object.assign(sandbox.env, { CRAN: cran.url });
  await cran.add('renv', '1.0.0', STAND_IN_RENV);
  await cran.add('ezjalong', '1.0', 'answer <- function() 1\n');
  await cran.add('ezjone', '1.2', 'answer <- function() 1 + ezjalong::answer()\n', 'ezjalong');
  return { sandbox, cran };
}

/** Of docker-stacks' contract, without what ezj's own image says to R, and with a library that everybody may write to. */
let stacks: string;
const maker = { owner: `test-${uniqueName()}` };

beforeAll(async () => {
  const dockerfile = `FROM ${LIGHT_SERVER.stacksR}
USER root
RUN rm /etc/R/Rprofile.site /etc/R/Renviron.site && chmod 777 /usr/local/lib/R/site-library
USER 1000
`;
  stacks = await buildImage(maker, { dockerfile });
});

afterAll(() => removeLabelled(`ezj.owner=${maker.owner}`));

const diff = (sandbox: Sandbox) => runJson<InstalledReport>(sandbox, ['env', 'diff']);
const inR = (code: string) => ['Rscript', '-e', code];

/** Installs in a session without a terminal, where R can ask nothing; its remarks do not matter. */
async function installInR(sandbox: Sandbox, name: string, cran: Cran): Promise<void> {
  const call = `install.packages("${name}", repos = "${cran.url}")`;
  const { exitCode, stderr } = await sandbox.run(['shell', '--', ...inR(call)]);
  expect({ exitCode, failed: stderr.match(/non-zero exit status|not writable/) }).toEqual({
    exitCode: 0,
    failed: null,
  });
}

test('what install.packages has installed is shown, saved as a lock with what came along, built in, and not shown again', async () => {
  const { sandbox, cran } = await openWorld(1000);
  await runJson(sandbox, ['-d', '-R']);
  await installInR(sandbox, 'ezjone', cran);
  const report = await diff(sandbox);
  expect(report).toMatchObject({
    packages: [{ language: 'r', name: 'ezjone', version: '1.2', where: 'home' }],
    dependencies: [{ language: 'r', name: 'ezjalong', version: '1.0' }],
  });
  expect((await sandbox.run(['env', 'diff'])).stdout).toMatch(/^ezjone +1\.2 +not in renv\.lock, which is not there$/m);
  await runJson(sandbox, ['env', 'save']);
  const lock = path.join(sandbox.project, 'renv.lock');
  expect(JSON.parse(await readFile(lock, 'utf8'))).toMatchObject({
    R: { Version: expect.stringMatching(/^4\.\d+\.\d+$/) },
    Packages: { ezjalong: { Version: '1.0' }, ezjone: { Version: '1.2', Repository: 'CRAN' } },
  });
  expect(await diff(sandbox)).toMatchObject({ manifests: { r: 'renv.lock' }, packages: [], dependencies: [] });

  // Packages of another R are set aside, and said once.
  const age = 'cd ~/R/library && mv 4.* 3.9 && echo "Python 3.9, R 3.9" > ~/.local/share/ezj/interpreters';
  await inSession(sandbox, ['sh', '-c', age]);
  await runJson(sandbox, ['stop']);
  const { stderr } = await sandbox.run(['-d']);
  expect(stderr).toMatch(
    /R is 4\.\d+ here: 2 packages that you installed with 3\.9 are set aside \(ezjalong, ezjone\)/,
  );
  expect(await inSession(sandbox, inR('cat(ezjone::answer())'))).toBe('2');
  expect(await diff(sandbox)).toMatchObject({ packages: [], incompatible: [{ language: 'r', version: '3.9' }] });
  const said = await sandbox.run(['env', 'diff']);
  expect(said.stderr).toContain(`-- Rscript -e 'install.packages(c("ezjalong", "ezjone"))'\n`);
});

test('what is saved into a DESCRIPTION is built in, and not shown again', async () => {
  const { sandbox, cran } = await openWorld(1000);
  const file = path.join(sandbox.project, 'DESCRIPTION');
  await writeFile(file, 'Package: mine\nImports: ezjalong\nTitle: Mine\n');
  await runJson(sandbox, ['-d']);
  await installInR(sandbox, 'ezjone', cran);
  await runJson(sandbox, ['env', 'save']);
  expect(await readFile(file, 'utf8')).toBe('Package: mine\nImports: ezjalong, ezjone (>= 1.2)\nTitle: Mine\n');
  await runJson(sandbox, ['stop']);
  await runJson(sandbox, ['-d']);
  expect(
    await inSession(sandbox, inR('cat(ezjone::answer(), "ezjone" %in% rownames(installed.packages(.libPaths()[-1])))')),
  ).toBe('2 TRUE');
  expect(await diff(sandbox)).toMatchObject({ packages: [] });
});

test.each([
  0, 1000, 12345,
])('in an image of docker-stacks’ contract whose own library is writable, R packages of uid %i go to the home folder', async (uid) => {
  const { sandbox, cran } = await openWorld(uid);
  await writeFile(path.join(sandbox.project, 'ezj.yaml'), 'kind: r\n');
  await runJson(sandbox, ['-d', '--image', stacks]);
  await installInR(sandbox, 'ezjone', cran);
  const home = inR('cat(dirname(dirname(find.package("ezjone"))), ezjone::answer())');
  expect(await inSession(sandbox, home)).toBe('/home/jovyan/R/library 2');
  expect(await runJson(sandbox, ['stop'])).toMatchObject([{ outside: [] }]);
  await runJson(sandbox, ['-d', '--image', stacks]);
  expect(await inSession(sandbox, home)).toBe('/home/jovyan/R/library 2');
});
