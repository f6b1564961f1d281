import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withPage } from '../environment/browser.ts';
import { createSandbox } from '../environment/sandbox.ts';
import { emptyNotebook, kernelIdle, launcherCard, openLab, runCell, startSession } from './lab.ts';

test('with --ro a notebook can read the project; a cell and the page are told that they cannot write', async () => {
  const sandbox = await createSandbox({ uid: 1000 });
  onTestFinished(sandbox.cleanup);
  const notebook = emptyNotebook('python3');
  await writeFile(path.join(sandbox.project, 'data.txt'), 'as it was');
  await writeFile(path.join(sandbox.project, 'note.ipynb'), notebook);
  const url = await startSession(sandbox, ['--ro', 'note.ipynb']);
  await withPage(async (page) => {
    await openLab(page, url);
    await kernelIdle(page);
    expect(await runCell(page, 'print(open("data.txt").read())')).toBe('as it was');
    expect(await runCell(page, 'open("data.txt", "w")')).toContain("Read-only file system: 'data.txt'");
    await page
      .locator('.jp-NewLauncherButton, [title="New Launcher"], [data-command="launcher:create"]')
      .first()
      .click();
    await launcherCard(page, 'Notebook', 'Python 3 (ipykernel)').click();
    await page.locator('.jp-Dialog').getByText('Read-only file system').waitFor();
  });
  expect((await readdir(sandbox.project)).sort()).toEqual(['data.txt', 'note.ipynb']);
  expect(await readFile(path.join(sandbox.project, 'data.txt'), 'utf8')).toBe('as it was');
  expect(await readFile(path.join(sandbox.project, 'note.ipynb'), 'utf8')).toBe(notebook);
});
