import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Debian's Chromium on a profile of its own. */
export interface Browser {
  context: BrowserContext;
  close: () => Promise<void>;
}

/** Opens a browser, which has to be closed whatever happens. */
export async function openBrowser(): Promise<Browser> {
  const profile = await mkdtemp(path.join(tmpdir(), 'ezj-browser-'));
  const removeProfile = () => rm(profile, { recursive: true, force: true, maxRetries: 5 });
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: '/usr/bin/chromium',
      headless: true,
      args: FLAGS,
      viewport: { width: 1280, height: 900 },
    });
    // A busy machine is slow, not wrong: the test's own limit is the one that counts.
    context.setDefaultTimeout(120_000);
    return { context, close: () => context.close().finally(removeProfile) };
  } catch (error) {
    await removeProfile();
    throw error;
  }
}

/** Opens a browser, hands over a page, and closes it whatever happens. */
export async function withPage<Result>(use: (page: Page, context: BrowserContext) => Promise<Result>): Promise<Result> {
  const { context, close } = await openBrowser();
  try {
    return await use(context.pages()[0] ?? (await context.newPage()), context);
  } finally {
    await close();
  }
}
