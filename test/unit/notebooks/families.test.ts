import { expect, test } from 'vitest';
import type { Image } from '../../../src/engine/engine.ts';
import { familyOf } from '../../../src/notebooks/families.ts';
import { KINDS } from '../../../src/notebooks/kinds.ts';

const imageWith = (cmd: string[]): Image => ({
  id: '1',
  tags: [],
  digests: [],
  labels: {},
  bytes: 0,
  created: '',
  layers: [],
  config: {
    env: { NB_USER: 'jovyan', NB_UID: '1000' },
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
  const command = familyOf(image).cmd?.({ kind: KINDS.r, image, workdir: '/work/p', asRoot: false });
  expect(command).toEqual([...started, '--ServerApp.root_dir=/work/p', expect.any(String), expect.any(String)]);
});
