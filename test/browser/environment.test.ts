import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withPage } from '../environment/browser.ts';
import { COMPILERS_IMAGE } from '../environment/compilers.ts';
import { startCran } from '../environment/cran.ts';
import { makeExtension, makeWheel, startIndex } from '../environment/package-index.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { createNotebook, openLab, runCell, startSession } from './lab.ts';

const write = ({ project }: Sandbox, name: string, text: string) => writeFile(path.join(project, name), text);

test('a cell imports what requirements.txt asks for, compiled packages too', async () => {
  const [sandbox, index] = [await createSandbox({ uid: 1000 }), await startIndex()];
  onTestFinished(async () => {
    await sandbox.cleanup();
    await index.close();
  });
  index.add(...makeWheel('ezj_pure', '1.0', 'ANSWER = 7'));
  index.add(...(await makeExtension('ezj_compiled', '1.0')));
  Object.assign(sandbox.env, { PIP_INDEX_URL: index.url, PIP_TRUSTED_HOST: index.host });
  await write(sandbox, 'requirements.txt', 'ezj-pure\nezj-compiled\n');
  await write(sandbox, 'ezj.yaml', 'sourcePackages: [ezj-compiled]\n');
  const url = await startSession(sandbox, ['--yes', '--image', COMPILERS_IMAGE]);
  await withPage(async (page) => {
    await openLab(page, url);
    await createNotebook(page, 'Python 3 (ipykernel)');
    const code = 'import ezj_pure, ezj_compiled; print(ezj_pure.ANSWER, ezj_compiled.answer())';
    expect(await runCell(page, code)).toBe('7 42');
  });
});

test('a cell of R uses what DESCRIPTION asks for', async () => {
  const [sandbox, cran] = [await createSandbox({ uid: 12345 }), await startCran()];
  onTestFinished(async () => {
    await sandbox.cleanup();
    await cran.close();
  });
  await cran.add('ezjone', '1.2', 'answer <- function() 42\n');
  Object.assign(sandbox.env, { CRAN: cran.url });
  await write(sandbox, 'DESCRIPTION', 'Package: mine\nImports: ezjone\n');
  const url = await startSession(sandbox);
  await withPage(async (page) => {
    await openLab(page, url);
    await createNotebook(page, 'R');
    expect(await runCell(page, 'cat(ezjone::answer())')).toBe('42');
  });
});
