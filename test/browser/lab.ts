import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Sandbox } from '../environment/sandbox.ts';

/** Starts a session in the background, as a user types it, and gives the URL that it printed. */
export async function startSession(sandbox: Sandbox, args: string[] = []): Promise<string> {
  const { exitCode, stdout, stderr } = await sandbox.run(['-d', ...args]);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout.trim();
}

/** Opens JupyterLab and waits until it shows its launcher, or the notebook that the URL names. */
export async function openLab(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('.jp-Launcher, .jp-NotebookPanel').first().waitFor();
}

/** Everything that goes wrong in a page from now on: failed requests, errors in the console, requests to elsewhere. */
export function collectProblems(page: Page, url: string): string[] {
  const { origin } = new URL(url);
  const problems: string[] = [];
  page.on('pageerror', ({ message }) => problems.push(message));
  // Containers come and go with network interfaces; Chromium says so and asks again.
  const note = (text: string) => text.includes('ERR_NETWORK_CHANGED') || problems.push(text);
  page.on('console', (message) => message.type() === 'error' && note(message.text()));
  page.on('requestfailed', (request) => note(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
  });
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol.startsWith('http') && asked !== origin) problems.push(`leaves for ${request.url()}`);
  });
  return problems;
}

/** The card of the launcher with a title, in one of its sections. */
export function launcherCard(page: Page, section: 'Notebook' | 'Console' | 'Other', title: string): Locator {
  const label = page.getByText(title, { exact: true });
  return page.locator(`.jp-LauncherCard[data-category="${section}"]`).filter({ has: label });
}

/** Makes a notebook from the launcher and waits until its kernel is ready for the first cell. */
export async function createNotebook(page: Page, kernel: string): Promise<void> {
  await launcherCard(page, 'Notebook', kernel).click();
  await kernelIdle(page);
}

/** Waits until the kernel of the notebook that is shown has nothing to do. */
export async function kernelIdle(page: Page): Promise<void> {
  await page.locator('#jp-main-statusbar').getByText('| Idle').waitFor();
}

/** Types into the last cell, runs it, and gives what stands below it when it has ended. */
export async function runCell(page: Page, code: string): Promise<string> {
  const cells = shownNotebook(page).locator('.jp-CodeCell');
  const cell = cells.nth((await cells.count()) - 1);
  await cell.locator('.cm-content').click();
  await page.keyboard.type(code);
  await page.keyboard.press('Shift+Enter');
  await cell.locator('.jp-InputPrompt', { hasText: /\[\d+\]:/ }).waitFor();
  return (await cell.locator('.jp-OutputArea-output').allInnerTexts()).join('\n').trim();
}

/** Saves with the keyboard; JupyterLab asks for the name of a notebook that has none yet. */
export async function saveAs(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+s');
  await page.locator('.jp-Dialog input').first().fill(name);
  await page.locator('.jp-Dialog').getByRole('button', { name: 'Rename' }).click();
  await page.locator('.lm-TabBar-tab:not(.jp-mod-dirty)', { hasText: name }).waitFor();
}

/** Opens a terminal from the launcher, and types when its shell has said something. */
export async function runInTerminal(page: Page, command: string): Promise<void> {
  const connected = page.waitForEvent('websocket', (socket) => socket.url().includes('/terminals/'));
  const prompted = connected.then((socket) => socket.waitForEvent('framereceived', isOutput));
  await launcherCard(page, 'Other', 'Terminal').click();
  await page.locator('.jp-Terminal').click();
  await prompted;
  await page.keyboard.type(`${command}\n`);
}

function isOutput({ payload }: { payload: string | Buffer }): boolean {
  return payload.toString().startsWith('["stdout"');
}

/** The entry of a file in the file browser. */
export function fileEntry(page: Page, name: string): Locator {
  return page.locator('.jp-DirListing-item', { hasText: name });
}

/** The notebook whose tab is in front. */
export function shownNotebook(page: Page): Locator {
  return page.locator('.jp-NotebookPanel:not(.lm-mod-hidden)');
}

/** A notebook with one empty cell, as text. */
export function emptyNotebook(kernel: 'python3' | 'ir'): string {
  const kernelspec = { name: kernel, display_name: kernel, language: kernel === 'ir' ? 'R' : 'python' };
  const cell = { cell_type: 'code', id: 'first', metadata: {}, source: [], outputs: [], execution_count: null };
  return JSON.stringify({ cells: [cell], metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
}
