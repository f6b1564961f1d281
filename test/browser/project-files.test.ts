import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, openBrowser } from '../environment/browser.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { createNotebook, fileEntry, kernelIdle, openLab, runCell, runInTerminal, startSession } from './lab.ts';

const UID = 12345;

let sandbox: Sandbox;
let url: string;
// One for all tests: it keeps what it has read and compiled of JupyterLab.
let browser: Browser;

beforeAll(async () => {
  sandbox = await createSandbox({ uid: UID });
  url = await startSession(sandbox);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await sandbox.cleanup();
});

test('a file written on the host appears in the file browser, and opens', () =>
  inLab(async (page) => {
    await writeFile(path.join(sandbox.project, 'from-host.txt'), 'written on the host');
    await page.locator('[data-command="filebrowser:refresh"], [title="Refresh the file browser."]').first().click();
    await fileEntry(page, 'from-host.txt').dblclick();
    await page.locator('.jp-FileEditor .cm-content', { hasText: 'written on the host' }).waitFor();
  }));

test('a terminal has a shell, git and a name for the user, and its files belong to the user', () =>
  inLab(async (page) => {
    await runInTerminal(page, 'git init -q -b main && { whoami; git status; } > from-terminal.txt');
    await fileEntry(page, 'from-terminal.txt').waitFor();
    const file = path.join(sandbox.project, 'from-terminal.txt');
    expect(await stat(file)).toMatchObject({ uid: UID, gid: UID });
    expect(await readFile(file, 'utf8')).toMatch(/^user\nOn branch main\n/);
  }));

test('an uploaded file belongs to the user', () =>
  inLab(async (page) => {
    const choosing = page.waitForEvent('filechooser');
    await page.locator('.jp-FileBrowser-toolbar [data-icon="ui-components:file-upload"]').click();
    await (await choosing).setFiles({ name: 'table.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') });
    await fileEntry(page, 'table.csv').waitFor();
    const file = path.join(sandbox.project, 'table.csv');
    expect(await stat(file)).toMatchObject({ uid: UID, gid: UID });
    expect(await readFile(file, 'utf8')).toBe('a,b\n1,2\n');
  }));

test('the first plot comes without a warning, and a restarted kernel counts from 1', () =>
  inLab(async (page) => {
    await createNotebook(page, 'Python 3 (ipykernel)');
    expect(await runCell(page, 'import matplotlib.pyplot as plt\n_ = plt.plot([1, 4, 9])')).toBe('');
    await page.locator('.jp-OutputArea-output img[src^="data:image/png"]').waitFor();
    await page.getByRole('navigation', { name: 'main' }).getByText('Kernel').click();
    await page.locator('.lm-Menu').getByText('Restart Kernel…', { exact: true }).click();
    const restarted = page.waitForResponse((response) => new URL(response.url()).pathname.endsWith('/restart'));
    await page.locator('.jp-Dialog').getByRole('button', { name: 'Confirm Kernel Restart' }).click();
    expect((await restarted).status()).toBe(200);
    await kernelIdle(page);
    expect(await runCell(page, 'print("plt" in globals())')).toBe('False');
    await page.locator('.jp-CodeCell').nth(1).locator('.jp-InputPrompt', { hasText: '[1]:' }).waitFor();
  }));

test('JupyterLab is dark or light as the system has it, until the user picks a theme', () =>
  withTab(async (page) => {
    const shown = (theme: string) =>
      page.locator(`body[data-jp-theme-name="JupyterLab ${theme}"]`).waitFor({ state: 'attached' });
    await page.emulateMedia({ colorScheme: 'dark' });
    await openLab(page, url);
    await shown('Dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await shown('Light');
    await page.getByRole('navigation', { name: 'main' }).getByText('Settings').click();
    await page.locator('.lm-Menu').getByText('Theme', { exact: true }).hover();
    await page.getByRole('menuitem', { name: 'JupyterLab Dark' }).click();
    await shown('Dark');
    await page.reload();
    await shown('Dark');
  }));

function inLab(use: (page: Page) => Promise<void>): Promise<void> {
  return withTab(async (page) => {
    // Without what the test before has left open.
    await openLab(page, `${url}&reset`);
    await use(page);
  });
}

async function withTab(use: (page: Page) => Promise<void>): Promise<void> {
  const page = await browser.context.newPage();
  try {
    await use(page);
  } finally {
    await page.close();
  }
}
