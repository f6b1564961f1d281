import { expect, test } from 'vitest';
import { homeLibraries, pipSettings } from '../../../src/notebooks/home-libraries.ts';
import type { ContainerContext, ImageFiles } from '../../../src/notebooks/image-profile.ts';

const containerContext = (env: Record<string, string>) =>
  ({ image: { config: { env } } }) as unknown as ContainerContext;

function image(files: Record<string, string>): ImageFiles {
  return { read: async (file) => files[file], warn: () => {} };
}

const SETTINGS = 'user = true\nbreak-system-packages = true\nroot-user-action = ignore';
const UNINSTALL = '[uninstall]\nbreak-system-packages = true\nroot-user-action = ignore\n';

test('pip’s settings stand beside each interpreter that an image may have, and those that it has stay', async () => {
  const files = await pipSettings(
    containerContext({ CONDA_DIR: '/opt/conda' }),
    image({
      '/usr/local/pip.conf': '[global]\nindex-url = https://example.org/simple',
      '/opt/conda/pip.conf': '[install] ; ours\nroot-user-action = warn\n[list]\nformat = json\n',
    }),
  );
  expect(Object.fromEntries(files.map(({ path, content }) => [path, content]))).toEqual({
    '/usr/pip.conf': `[install]\n${SETTINGS}\n${UNINSTALL}`,
    '/usr/local/pip.conf': `[global]\nindex-url = https://example.org/simple\n[install]\n${SETTINGS}\n${UNINSTALL}`,
    '/opt/conda/pip.conf': `[install] ; ours\nuser = true\nbreak-system-packages = true\nroot-user-action = warn\n[list]\nformat = json\n${UNINSTALL}`,
  });
});

test('an image that has decided where pip installs is left alone', async () => {
  const decided = { '/usr/pip.conf': '[install]\nuser = false\n', '/usr/local/pip.conf': '[install]\nuser: no\n' };
  expect(await pipSettings(containerContext({}), image(decided))).toEqual([]);
  expect(await pipSettings(containerContext({ VIRTUAL_ENV: '/opt/venv' }), image({}))).toEqual([]);
});

test('R has a library for each of its versions, and commands of packages are found', () => {
  expect(homeLibraries('/home/x', containerContext({ PATH: '/usr/bin' }).image)).toEqual({
    R_LIBS_USER: '/home/x/R/library/%v',
    PATH: '/home/x/.local/bin:/usr/bin',
  });
});
