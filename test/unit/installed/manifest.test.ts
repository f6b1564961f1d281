import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { detect } from '../../../src/environments/files/detect.ts';
import { pythonManifest, rManifest } from '../../../src/installed/manifest.ts';

async function detectionOf(files: Record<string, string>) {
  const project = await mkdtemp(path.join(tmpdir(), 'ezj-manifest-'));
  onTestFinished(() => rm(project, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(project, name), content);
  return detect(project);
}

test('what environment.yml lists for pip is read as pip does: lists included, without options and own code', async () => {
  const pip = ['-r more.txt', '-e .', '--pre', 'one==1.0'].map((line) => `    - ${line}`).join('\n');
  const detection = await detectionOf({
    'environment.yml': `dependencies:\n  - numpy=1.26\n  - pip:\n${pip}\n`,
    'more.txt': 'two>=2\n',
  });
  expect((await pythonManifest(detection))?.asked).toEqual(['numpy==1.26.*', 'one==1.0', 'two>=2']);
});

test('a DESCRIPTION that is no package is no manifest', async () => {
  expect(rManifest(await detectionOf({ DESCRIPTION: 'About this project\n' }))).toBeUndefined();
  const detection = await detectionOf({ DESCRIPTION: 'Package: mine\nImports: dplyr (>= 1.1)\n' });
  expect(rManifest(detection)?.asked).toEqual([{ name: 'dplyr', least: '1.1' }]);
});
