import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inSession, leftovers, runFailing, runJson } from '../cli/notebooks.ts';
import { openPackedWorld } from '../cli/packed-world.ts';
import { makeSource } from '../environment/package-index.ts';

const run = promisify(execFile);

/** Code that runs when the package is built, as root, with what the build has. */
const BACKEND = `import os, pathlib, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    for cache in ("pip", "uv"):
        poison = pathlib.Path("/var/cache/ezj", cache, "poison")
        if poison.parent.is_dir(): poison.write_text(os.environ["PIP_INDEX_URL"])
    name = "ezj_evil-1.0-py3-none-any.whl"
    info = "ezj_evil-1.0.dist-info/"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as z:
        z.writestr("ezj_evil.py", "RAN = 1")
        z.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: ezj_evil\\nVersion: 1.0\\n")
        z.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: ezj\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        z.writestr(info + "RECORD", "")
    return name
`.replaceAll('\\\\n', '\\n');

test('a folder builds no package before the user agrees, and what it builds reaches no cache of another folder', async () => {
  const { sandbox, index, image } = await openPackedWorld();
  index.add(...(await makeSource('ezj_evil', '1.0', { 'backend.py': BACKEND })));
  const evil = path.join(sandbox.home, 'evil');
  await mkdir(evil);
  await writeFile(path.join(evil, 'requirements.txt'), 'ezj-evil\n');
  const start = ['-d', '--image', image];

  const refused = await runFailing(sandbox, [...start, evil]);
  expect(refused).toMatchObject({
    code: 'build-failed',
    hint: expect.stringContaining('`sourcePackages` of ezj.yaml'),
  });
  expect(index.fetched).toEqual([]);
  const caches = async () => (await leftovers(sandbox)).volumes.filter((name) => name.startsWith('ezj-cache-')).sort();
  const shared = await caches();
  expect(shared.length).toBeGreaterThan(0);
  const poisoned = async (names: string[]) => {
    const volumes = names.flatMap((name) => ['-v', `${name}:/caches/${name}`]);
    const look = [
      '--entrypoint',
      'sh',
      image,
      '-c',
      'cd /caches; for each in *; do ! test -e $each/poison || echo $each; done',
    ];
    return (await run('docker', ['run', '--rm', ...volumes, ...look])).stdout.trim().split('\n').sort();
  };

  for (const file of [
    { 'ezj.yaml': 'sourcePackages: [ezj-evil]\n' },
    { 'ezj.yaml': '', 'requirements.txt': '--only-binary :none:\nezj-evil\n' },
  ]) {
    for (const [name, text] of Object.entries(file)) await writeFile(path.join(evil, name), text);
    expect(await runFailing(sandbox, [...start, evil])).toMatchObject({
      code: 'project-untrusted',
      details: [expect.stringMatching(/^builds (?:ezj-evil|any package) from source, as .* says: /)],
    });
  }
  expect(index.fetched).toEqual([]);

  await runJson(sandbox, [...start, '--yes', evil]);
  expect(await inSession(sandbox, ['python3', '-c', 'import ezj_evil; print(ezj_evil.RAN)'], { cwd: evil })).toBe('1');
  await runJson(sandbox, ['stop', '--all']);
  const own = (await caches()).filter((name) => !shared.includes(name));
  expect(own.length).toBeGreaterThan(0);
  expect(await poisoned([...shared, ...own])).toEqual(own);
  // A folder that agreed to nothing uses the shared ones.
  await runJson(sandbox, start);
  await runJson(sandbox, ['stop']);
  expect(await caches()).toEqual([...shared, ...own].sort());
});
