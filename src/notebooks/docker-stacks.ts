import type { Image } from '../engine/engine.ts';
import { homeLibraries, pipSettings } from './home-libraries.ts';
import type { ImageProfile } from './image-profile.ts';
import { accessOptions } from './jupyter-access.ts';

const HOME = '/home/jovyan';

/**
 * jupyter/docker-stacks and images built on it. Their folders are writable for the group `users` (100), and any uid can
 * run them.
 * https://jupyter-docker-stacks.readthedocs.io/en/latest/using/common.html
 */
export const dockerStacks: ImageProfile = {
  name: 'docker-stacks',
  matches: ({ config }) => 'NB_USER' in config.env && 'NB_UID' in config.env,
  home: () => HOME,
  groups: ['100'],
  // start.sh switches from root to jovyan, so a container that must stay root skips it.
  entrypoint: ({ identity }) => (identity.uid === 0 ? ['tini', '-g', '--'] : undefined),
  cmd: ({ identity, image, kind, workdir, access }) => [
    ...(identity.uid === 0
      ? ['jupyter', 'lab', '--allow-root', '--ServerApp.ip=0.0.0.0', '--no-browser']
      : ownCommand(image)),
    `--ServerApp.root_dir=${workdir}`,
    '--ServerApp.port_retries=0',
    ...accessOptions({ access }),
    ...(kind.kernel === undefined ? [] : [`--MultiKernelManager.default_kernel_name=${kind.kernel}`]),
  ],
  // The package folders of the image are writable. Without these variables, packages that the user installs would be
  // lost with the container.
  env: ({ image }) => homeLibraries(HOME, image),
  // The uid of jovyan is 1000; root can write everywhere.
  knows: (uid) => uid === 0 || uid === 1000,
  // The home folder belongs to jovyan, and as root pip would not use a cache in it.
  folders: ({ identity }) => (identity.uid === 0 ? ['.cache'] : []),
  settings: pipSettings,
};

/** The command of the image that starts the server and accepts more arguments. */
function ownCommand({ config: { cmd } }: Image): string[] {
  const inShell = /^(?:.*\/)?(?:ba|da)?sh$/.test(cmd[0] ?? '');
  return cmd.length === 0 || inShell ? ['start-notebook.py'] : cmd;
}
