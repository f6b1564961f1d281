import type { Image } from '../engine/engine.ts';
import type { Kind } from './kinds.ts';

/** What a family needs to know to lay out a container. */
export interface Layout {
  kind: Kind;
  image: Image;
  /** The project folder inside the container. */
  workdir: string;
  /** The container's user runs as root, as in a rootless engine or for a user who is root. */
  asRoot: boolean;
}

/** How images of one family want to be run as an arbitrary user on a project folder. */
export interface Family {
  name: 'ezj' | 'docker-stacks' | 'unknown';
  matches(image: Image): boolean;
  /** The home folder, where the volume that lasts is mounted. */
  home: string;
  /** The port that the server listens on inside the container. */
  port(image: Image): number;
  /** Supplementary groups, by id. */
  groups: string[];
  entrypoint?(layout: Layout): string[] | undefined;
  cmd?(layout: Layout): string[] | undefined;
  env?(layout: Layout): Record<string, string>;
  /** Whether the image has a name for this uid and a home folder that it can write to. */
  knows(uid: number): boolean;
  /** Folders below the home that must exist before the start, for packages that the user installs. */
  folders(kind: Kind): string[];
}

const JUPYTER_PORT = 8888;

/** Images that ezj builds: any uid works in them, and their own command starts the server in the working directory. */
const ezj: Family = {
  name: 'ezj',
  matches: ({ labels }) => Boolean(labels['ezj.image']),
  home: '/home/ezj',
  port: () => JUPYTER_PORT,
  groups: [],
  knows: (uid) => uid === 0 || uid === 1000,
  folders: () => [],
};

const dockerStacksLibrary = '/home/jovyan/.local/lib/R/library';

/**
 * jupyter/docker-stacks and what is built on it: its folders are writable for the group `users` (100), and any uid may run it.
 * https://jupyter-docker-stacks.readthedocs.io/en/latest/using/common.html
 */
const dockerStacks: Family = {
  name: 'docker-stacks',
  matches: ({ config }) => 'NB_USER' in config.env && 'NB_UID' in config.env,
  home: '/home/jovyan',
  port: () => JUPYTER_PORT,
  groups: ['100'],
  // start.sh turns root into jovyan; a container that has to stay root goes past it.
  entrypoint: ({ asRoot }) => (asRoot ? ['tini', '-g', '--', 'jupyter', 'lab'] : undefined),
  cmd: ({ asRoot, image, kind, workdir }) => [
    ...(asRoot ? ['--allow-root', '--ServerApp.ip=0.0.0.0', '--no-browser'] : ownCommand(image)),
    `--ServerApp.root_dir=${workdir}`,
    '--ServerApp.port_retries=0',
    `--MultiKernelManager.default_kernel_name=${kind.kernel}`,
  ],
  // Its package folders are writable and belong to the image: without these, what the user installs would go with the container.
  env: () => ({ PIP_USER: '1', R_LIBS_USER: dockerStacksLibrary }),
  // jovyan is 1000; root may write everywhere.
  knows: (uid) => uid === 0 || uid === 1000,
  folders: ({ name }) => (name === 'r' ? ['.local', '.local/lib', '.local/lib/R', '.local/lib/R/library'] : []),
};

/** What the image starts the server with, to which more arguments can be added. */
function ownCommand({ config: { cmd } }: Image): string[] {
  const inShell = /^(?:.*\/)?(?:ba|da)?sh$/.test(cmd[0] ?? '');
  return cmd.length === 0 || inShell ? ['start-notebook.py'] : cmd;
}

/** Anything else that serves Jupyter by its own command. */
const unknown: Family = {
  name: 'unknown',
  matches: () => true,
  home: '/home/ezj',
  port: ({ config }) =>
    config.exposedPorts.includes(JUPYTER_PORT) ? JUPYTER_PORT : (config.exposedPorts[0] ?? JUPYTER_PORT),
  groups: [],
  knows: () => false,
  folders: () => [],
};

/** The family that an image belongs to. */
export function familyOf(image: Image): Family {
  return [ezj, dockerStacks].find((family) => family.matches(image)) ?? unknown;
}
