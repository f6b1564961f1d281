import { chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withPage } from '../environment/browser.ts';
import { ROOT } from '../environment/engine.ts';
import { createSandbox } from '../environment/sandbox.ts';
import { kernelIdle, openLab, shownNotebook, startSession } from './lab.ts';

const UID = 1000;
const CELLS = [
  '## Bike rides on the harbour bridge',
  `import pandas as pd
rides = pd.read_csv("counts.csv", index_col="month")
rides.describe().loc[["mean", "min", "max"]].round(1)`,
  `ax = rides.plot(figsize=(9.2, 3.1), marker="o", color=["#9ecae1", "#4292c6", "#084594"])
ax.set(xlabel="", ylabel="rides (thousands)", xticks=range(12), xticklabels=rides.index)
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False);`,
];
const RIDES = `month,2023,2024,2025
Jan,11.2,12.9,15.1
Feb,13.0,15.8,17.2
Mar,19.4,22.1,26.3
Apr,27.5,29.6,34.0
May,36.1,41.3,44.8
Jun,42.7,45.2,52.9
Jul,44.9,50.4,55.6
Aug,43.3,48.8,54.1
Sep,37.0,41.9,47.5
Oct,27.8,31.2,36.6
Nov,17.1,20.5,23.4
Dec,11.9,13.7,16.8
`;

/** `EZJ_PICTURE=1` renews the picture in the README with what this test sees. */
test('a notebook with a table and a plot runs as the README shows it', async () => {
  const sandbox = await createSandbox({ uid: UID });
  onTestFinished(sandbox.cleanup);
  await mkdir(path.join(sandbox.project, 'figures'));
  await writeFile(path.join(sandbox.project, 'counts.csv'), RIDES);
  await writeFile(path.join(sandbox.project, 'notes.md'), '# Notes\n');
  await writeFile(path.join(sandbox.project, 'rides.ipynb'), notebook());
  for (const name of await readdir(sandbox.project)) await chown(path.join(sandbox.project, name), UID, UID);
  const url = await startSession(sandbox, ['rides.ipynb']);
  await withPage(async (page) => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await openLab(page, url);
    await kernelIdle(page);
    await page.getByRole('navigation', { name: 'main' }).getByText('Run', { exact: true }).click();
    await page.locator('.lm-Menu').getByText('Run All Cells', { exact: true }).click();
    const output = shownNotebook(page).locator('.jp-OutputArea-output');
    await output.locator('img[src^="data:image/png"]').waitFor();
    expect(await output.locator('table').innerText()).toContain('mean');
    expect(await output.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count()).toBe(0);
    if (process.env.EZJ_PICTURE !== '1') return;
    await page.keyboard.press('Control+s');
    await page.locator('.lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)', { hasText: 'rides' }).waitFor();
    await shownNotebook(page).locator('.jp-MarkdownCell').first().click();
    await shownNotebook(page)
      .locator('.jp-WindowedPanel-outer')
      .evaluate((panel) => panel.scrollTo(0, 0));
    await page.mouse.move(0, 799);
    await page.screenshot({ path: path.join(ROOT, 'docs', 'screenshot.png') });
  });
});

function notebook(): string {
  const cells = CELLS.map((source, i) => ({
    id: `cell-${i}`,
    metadata: {},
    source,
    ...(i === 0 ? { cell_type: 'markdown' } : { cell_type: 'code', outputs: [], execution_count: null }),
  }));
  const kernelspec = { name: 'python3', display_name: 'Python 3 (ipykernel)', language: 'python' };
  return JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
}
