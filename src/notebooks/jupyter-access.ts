import path from 'node:path';
import type { ContainerFile } from '../engine/engine.ts';
import type { ContainerContext } from './image-profile.ts';

type Access = ContainerContext['access'];

/** On a tmpfs that the engine makes new for each start. The default is in the home folder, which outlives the session. */
const COOKIE_SECRET = '/dev/shm/ezj-cookie-secret';
const REMOTE = '--ServerApp.allow_remote_access=';
const CONFIG_FOLDER = '/etc/ezj/jupyter';

/**
 * Options for a Jupyter server: a new secret for cookies at each start, and no answer to unknown hostnames, which would
 * be DNS rebinding. Without the option, a server that listens on all interfaces of its container answers to all.
 * https://jupyter-server.readthedocs.io/en/latest/operators/security.html
 */
export function accessOptions({ access: { hostnames } }: Pick<ContainerContext, 'access'>): string[] {
  return [
    `--ServerApp.cookie_secret_file=${COOKIE_SECRET}`,
    `${REMOTE}${hostnames === 'any' ? 'True' : 'False'}`,
    ...(hostnames === 'any' ? [] : hostnames.map((hostname) => `--ServerApp.local_hostnames=${hostname}`)),
  ];
}

/** Whether a command has these options. */
export function hasAccessOptions(cmd: string[] | undefined): boolean {
  return cmd?.some((word) => word.startsWith(REMOTE)) ?? false;
}

/**
 * The same as a configuration, for a Jupyter that starts by the command of its image or kind. `env` is the environment
 * of the container. The folder has priority over that of the user, so no file in the home folder changes it.
 * https://docs.jupyter.org/en/latest/use/jupyter-directories.html#configuration-files
 */
export function accessConfig(
  access: Access,
  env: Record<string, string>,
): { env: Record<string, string>; files: ContainerFile[] } {
  const others = env.JUPYTER_CONFIG_PATH;
  return {
    env: { JUPYTER_CONFIG_PATH: others ? `${CONFIG_FOLDER}:${others}` : CONFIG_FOLDER },
    files: [
      ...[path.posix.dirname(CONFIG_FOLDER), CONFIG_FOLDER].map(folder),
      configFile('jupyter_server_config.py', 'ServerApp', access),
      // Notebook up to 6, which is a server of its own.
      configFile('jupyter_notebook_config.py', 'NotebookApp', access),
    ],
  };
}

function folder(name: string): ContainerFile {
  return { path: name, mode: 0o755, uid: 0, gid: 0 };
}

function configFile(name: string, app: string, { hostnames }: Access): ContainerFile {
  const lines = [
    'import os',
    `c.${app}.cookie_secret = os.urandom(32)`,
    `c.${app}.allow_remote_access = ${hostnames === 'any' ? 'True' : 'False'}`,
    ...(hostnames === 'any' ? [] : [`c.${app}.local_hostnames = ${JSON.stringify(hostnames)}`]),
  ];
  return { path: `${CONFIG_FOLDER}/${name}`, content: `${lines.join('\n')}\n`, mode: 0o644, uid: 0, gid: 0 };
}
