import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { SessionAccess, SignInCredentials } from '../../src/protocol/session.ts';
import { runJson } from '../cli/notebooks.ts';
import { withPage } from '../environment/browser.ts';
import { rstudioImage } from '../environment/rstudio.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { openLink } from '../environment/web.ts';

const NAMES = ['genome', 'proteome', 'trees'];

let image: string;

beforeAll(async () => {
  image = rstudioImage();
});

async function startThree(sandbox: Sandbox): Promise<SessionAccess[]> {
  const started: SessionAccess[] = [];
  for (const name of NAMES) {
    const folder = path.join(sandbox.home, name);
    await mkdir(folder);
    started.push(await runJson<SessionAccess>(sandbox, ['-d', '--rstudio', '--image', image, '--name', name, folder]));
  }
  return started;
}

/** Where the page is: in the IDE, or at the form that asks for a password. */
async function place(page: Page): Promise<'IDE' | 'sign-in'> {
  const { pathname } = new URL(page.url());
  return pathname === '/auth-sign-in' ? 'sign-in' : 'IDE';
}

test('three sessions in one browser are opened signed in, and stay so [stand-in]', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const started = await startThree(sandbox);
  await withPage(async (_, context) => {
    const pages: Page[] = [];
    for (const [i, name] of NAMES.entries()) {
      const page = await context.newPage();
      await page.goto(await openLink(sandbox, [name]));
      const port = started[i]?.session.port;
      await page.waitForURL(new RegExp(`^http://${name}-[0-9a-f]{12}\\.localhost:${port}/$`));
      pages.push(page);
    }
    for (const round of [1, 2]) {
      for (const [i, page] of pages.entries()) {
        await page.reload();
        expect([round, NAMES[i], await place(page), await page.title()]).toEqual([
          round,
          NAMES[i],
          'IDE',
          expect.stringContaining('RStudio'),
        ]);
      }
    }
    // The R session takes calls of the page, which needs more than the cookie of the sign-in.
    for (const page of pages) await page.locator('#r-session', { hasText: 'answers' }).waitFor();
    // No secret stays where others look for it.
    for (const page of pages) expect(page.url()).not.toMatch(/[0-9a-f]{48}/);
  });
});

test('on 127.0.0.1 the same three sign each other out', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const started = await startThree(sandbox);
  await withPage(async (_, context) => {
    const pages: Page[] = [];
    for (const { session } of started) {
      const { user, password } = await runJson<SignInCredentials>(sandbox, ['url', '--password', session.name]);
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${session.port}/`);
      pages.push(page);
      // The server wants some seconds between ezj's own sign-in and this one.
      while ((await place(page)) === 'sign-in') await signInByHand(page, user, password);
    }
    const places: string[] = [];
    for (const page of pages) {
      await page.reload();
      places.push(await place(page));
    }
    expect(places).toContain('sign-in');
  });
});

test('where the browser does not find the session’s own name, the page warns before it signs others out', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  await startThree(sandbox);
  await withPage(async (page) => {
    await page.route('http://*.localhost:*/**', (route) => route.abort());
    await page.goto(await openLink(sandbox, ['genome']));
    const warning = page.locator('#sharesCookies');
    await warning.waitFor({ state: 'visible' });
    expect(await warning.innerText()).toMatch(/signs you out of the others/);
    await page.getByRole('button', { name: 'Open genome' }).click();
    await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await place(page)).toBe('IDE');
  });
});

test('a link that was used opens a page that says what to type', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  await runJson(sandbox, ['-d', '--rstudio', '--image', image]);
  const link = await openLink(sandbox);
  await withPage(async (page) => {
    await page.goto(link);
    await page.waitForURL(/^http:\/\/project-[0-9a-f]{12}\.localhost:\d+\/$/);
    await page.goto(link);
    expect(await page.locator('body').innerText()).toMatch(/This link has expired[\s\S]*ezj open project-rstudio/);
  });
});

async function signInByHand(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel(/username/i).fill(user);
  await page.getByLabel(/password/i).fill(password);
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: /sign in/i }).click()]);
}
