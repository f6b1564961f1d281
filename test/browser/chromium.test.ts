import { expect, test } from 'vitest';
import { withPage } from '../environment/browser.ts';

test('the browser shows a page', async () => {
  const { title, picture } = await withPage(async (page) => {
    await page.goto('data:text/html,<title>a page</title><h1>Hello</h1>');
    return { title: await page.title(), picture: await page.screenshot() };
  });
  expect(title).toBe('a page');
  expect(picture.subarray(1, 4).toString()).toBe('PNG');
});
