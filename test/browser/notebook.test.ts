import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withPage } from '../environment/browser.ts';
import { createSandbox } from '../environment/sandbox.ts';
import { collectProblems, createNotebook, openLab, runCell, saveAs, startSession } from './lab.ts';

const KINDS = [
  {
    kind: 'Python',
    args: [],
    kernel: 'Python 3 (ipykernel)',
    code: 'import pandas\nprint("pandas", pandas.DataFrame({"n": [20, 22]}).n.sum())',
    output: /^pandas 42$/m,
  },
  {
    kind: 'R',
    args: ['-R'],
    kernel: 'R',
    code: 'library(dplyr)\ncat("dplyr", mtcars |> filter(cyl == 4) |> nrow())',
    output: /^dplyr 11$/m,
  },
];
const CASES = [0, 1000, 12345].flatMap((uid) => KINDS.map((kind) => ({ uid, ...kind })));

test.each(CASES)('a new $kind notebook of uid $uid runs a cell and is saved as that user’s file', async ({
  uid,
  args,
  kernel,
  code,
  output,
}) => {
  const sandbox = await createSandbox({ uid });
  onTestFinished(sandbox.cleanup);
  const url = await startSession(sandbox, args);
  await withPage(async (page) => {
    const problems = collectProblems(page, url);
    await openLab(page, url);
    await page.waitForLoadState('networkidle');
    expect(problems.join('\n')).toBe('');
    expect(await page.locator('.jp-Dialog, .Toastify__toast').allInnerTexts()).toEqual([]);
    expect(await page.locator('.jp-LauncherCard').first().innerText()).toBe(kernel);
    await createNotebook(page, kernel);
    expect(await runCell(page, code)).toMatch(output);
    await saveAs(page, 'first.ipynb');
  });
  const file = path.join(sandbox.project, 'first.ipynb');
  expect(await stat(file)).toMatchObject({ uid, gid: uid });
  const { cells, metadata } = JSON.parse(await readFile(file, 'utf8'));
  expect(cells[0].outputs.map(({ text }: { text?: string[] }) => text?.join('')).join('')).toMatch(output);
  expect(metadata.kernelspec.name).toBe(args.length === 0 ? 'python3' : 'ir');
});
