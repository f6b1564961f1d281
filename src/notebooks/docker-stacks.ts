import type { Image } from '../engine/engine.ts';
import { homeLibraries, pipSettings } from './home-libraries.ts';
import type { ImageProfile } from './image-profile.ts';

const HOME = '/home/jovyan';

/**
 * jupyter/docker-stacks and what is built on it: its folders are writable for the group `users` (100), and any uid may run it.
 * https://jupyter-docker-stacks.readthedocs.io/en/latest/using/common.html
 */
export const dockerStacks: ImageProfile = {
  name: 'docker-stacks',
  matches: ({ config }) => 'NB_USER' in config.env && 'NB_UID' in config.env,
  home: () => HOME,
  groups: ['100'],
  // start.sh turns root into jovyan; a container that has to stay root goes past it.
  entrypoint: ({ identity }) => (identity.uid === 0 ? ['tini', '-g', '--'] : undefined),
  cmd: ({ identity, image, kind, workdir }) => [
    ...(identity.uid === 0
      ? ['jupyter', 'lab', '--allow-root', '--ServerApp.ip=0.0.0.0', '--no-browser']
      : ownCommand(image)),
    `--ServerApp.root_dir=${workdir}`,
    '--ServerApp.port_retries=0',
    ...(kind.kernel === undefined ? [] : [`--MultiKernelManager.default_kernel_name=${kind.kernel}`]),
  ],
  // Its package folders are writable and belong to the image: without these, what the user installs would go with the container.
  env: ({ image }) => homeLibraries(HOME, image),
  // jovyan is 1000; root may write everywhere.
  knows: (uid) => uid === 0 || uid === 1000,
  // The home folder is jovyan's: as root, pip would keep no cache in it.
  folders: ({ identity }) => (identity.uid === 0 ? ['.cache'] : []),
  settings: pipSettings,
};

/** What the image starts the server with, to which more arguments can be added. */
function ownCommand({ config: { cmd } }: Image): string[] {
  const inShell = /^(?:.*\/)?(?:ba|da)?sh$/.test(cmd[0] ?? '');
  return cmd.length === 0 || inShell ? ['start-notebook.py'] : cmd;
}
