import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withPage } from '../environment/browser.ts';
import { describeNotebook } from '../environment/other-notebooks.ts';
import { createSandbox } from '../environment/sandbox.ts';
import { openLink } from '../environment/web.ts';
import { startSession } from './lab.ts';

test('the classic notebook, a kind of the docs, opens by its link, runs a cell, and its file is the user’s', async () => {
  const sandbox = await createSandbox({ uid: 12345 });
  onTestFinished(sandbox.cleanup);
  await describeNotebook('notebook', sandbox.project);
  await startSession(sandbox, ['--yes']);
  const file = path.join(sandbox.project, 'Untitled.ipynb');
  await withPage(async (page, context) => {
    await page.goto(await openLink(sandbox));
    await page.locator('#new-dropdown-button, #new-buttons button').first().click();
    const opening = context.waitForEvent('page');
    await page.locator('#kernel-python3 a').click();
    const notebook = await opening;
    await notebook.locator('.CodeMirror').first().click();
    await notebook.keyboard.type('print(6 * 7)');
    await notebook.keyboard.press('Shift+Enter');
    await notebook.locator('.output_area', { hasText: '42' }).waitFor();
    await notebook.keyboard.press('Escape');
    await notebook.keyboard.press('Control+s');
    await notebook.locator('#save_widget', { hasText: /Last Checkpoint|autosaved/ }).waitFor();
    // That stands there from the start on: the page has to stay until the file is written.
    await expect.poll(() => readFile(file, 'utf8'), { timeout: 30_000 }).toContain('print(6 * 7)');
  });
  expect((await stat(file)).uid).toBe(12345);
});

test('marimo, a kind of the docs, opens by its link without asking for a password', async () => {
  const sandbox = await createSandbox({ uid: 12345 });
  onTestFinished(sandbox.cleanup);
  await describeNotebook('marimo', sandbox.project);
  await startSession(sandbox, ['--yes']);
  await withPage(async (page) => {
    await page.goto(await openLink(sandbox));
    await page.waitForURL((url) => url.port !== '' && url.pathname === '/');
    // Polled from outside: marimo loads itself anew at its start, and a wait inside the page was lost with that. A page that
    // stays empty has lost a script to a change of the machine's network, by another container's start: as a user would.
    const textOf = async () => {
      const text = await page.locator('body').innerText();
      if (text.trim() === '') await page.reload();
      return text;
    };
    await expect.poll(textOf, { timeout: 120_000, interval: 10_000 }).toContain('Create a new notebook');
    expect(new URL(page.url()).pathname).not.toContain('login');
    expect(page.url()).not.toContain('access_token');
  });
});
