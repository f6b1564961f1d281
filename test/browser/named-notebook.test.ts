import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withPage } from '../environment/browser.ts';
import { createSandbox } from '../environment/sandbox.ts';
import { emptyNotebook, kernelIdle, openLab, runCell, shownNotebook, startSession } from './lab.ts';

test('a notebook that names the R kernel opens with it, without an option', async () => {
  const sandbox = await createSandbox({ uid: 12345 });
  onTestFinished(sandbox.cleanup);
  await writeFile(path.join(sandbox.project, 'my note.ipynb'), emptyNotebook('ir'));
  const url = await startSession(sandbox, ['my note.ipynb']);
  await withPage(async (page) => {
    await openLab(page, url);
    await page.locator('.lm-TabBar-tab.jp-mod-current', { hasText: 'my note.ipynb' }).waitFor();
    await kernelIdle(page);
    expect(await shownNotebook(page).locator('.jp-Toolbar-kernelName').innerText()).toBe('R');
    expect(await runCell(page, 'cat(R.version$language, Sys.getenv("HOME"))')).toBe('R /home/ezj');
    // A first package of one's own: no question, no warning, and at once there to be used.
    expect(await runCell(page, 'dir.exists(.libPaths()[1]) && startsWith(.libPaths()[1], "/home/ezj")')).toBe('TRUE');
  });
});
