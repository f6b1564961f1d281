import { expect, test } from 'vitest';
import type { Image } from '../../../src/engine/engine.ts';
import { profileFor } from '../../../src/notebooks/image-profiles.ts';
import type { Kind } from '../../../src/notebooks/kind.ts';
import { BUILT_IN } from '../../../src/notebooks/kinds.ts';

const { r, rstudio } = BUILT_IN as Record<string, Kind> as { r: Kind; rstudio: Kind };

const imageWith = (cmd: string[], env: Record<string, string> = { NB_USER: 'jovyan', NB_UID: '1000' }): Image => ({
  id: '1',
  tags: [],
  digests: [],
  labels: {},
  bytes: 0,
  created: '',
  platform: 'linux/amd64',
  layers: [],
  config: {
    env,
    entrypoint: [],
    cmd,
    user: '',
    workdir: '',
    exposedPorts: [],
  },
});

test.each([
  [['start-notebook.sh'], ['start-notebook.sh']],
  [
    ['start-notebook.py', '--ServerApp.base_url=/x/'],
    ['start-notebook.py', '--ServerApp.base_url=/x/'],
  ],
  [['/bin/sh', '-c', 'start-notebook.py --x'], ['start-notebook.py']],
  [['bash'], ['start-notebook.py']],
  [[], ['start-notebook.py']],
])('a docker-stacks image with the command %j is started with %j', (cmd, started) => {
  const image = imageWith(cmd);
  const identity = { uid: 1000, gid: 100 };
  const access = { hostnames: ['p-0123.localhost', 'localhost'] };
  const command = profileFor(r, image).cmd?.({ kind: r, image, project: '/p', workdir: '/work/p', identity, access });
  expect(command?.slice(0, started.length + 1)).toEqual([...started, '--ServerApp.root_dir=/work/p']);
  expect(command).toContain('--ServerApp.local_hostnames=p-0123.localhost');
});

test('root from an image’s own init is given only to a kind that says so', () => {
  const rocker = imageWith(['/init'], { RSTUDIO_VERSION: '2025.09.0' });
  expect(profileFor(rstudio, rocker).init).toBeDefined();
  expect(() => profileFor(r, rocker)).toThrow(/is a rocker image/);
  expect(() => profileFor(rstudio, imageWith([]))).toThrow(/is not a rocker image/);
});
