import { posix } from 'node:path';
import type { EngineAddress } from './connection.ts';

/** Where to look for an engine if the user names none. */
export interface Surroundings {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  homeDir: string;
  uid: number;
}

/** The usual addresses of engines on this platform, the most likely first. */
export function engineCandidates(surroundings: Surroundings): EngineAddress[] {
  return surroundings.platform === 'win32' ? windowsCandidates() : socketCandidates(surroundings);
}

function windowsCandidates(): EngineAddress[] {
  return [
    pipe('docker_engine', 'Docker Desktop'),
    pipe('dockerDesktopLinuxEngine', 'Docker Desktop'),
    pipe('podman-machine-default', 'podman machine'),
  ];
}

function socketCandidates({ platform, env, homeDir, uid }: Surroundings): EngineAddress[] {
  const home = (path: string) => posix.join(homeDir, path);
  const runtimeDir = env.XDG_RUNTIME_DIR || `/run/user/${uid}`;
  const colima = env.COLIMA_HOME ? [posix.join(env.COLIMA_HOME, 'default/docker.sock')] : [];
  const linuxOnly = [
    socket(posix.join(runtimeDir, 'podman/podman.sock'), 'rootless Podman'),
    socket('/run/podman/podman.sock', 'Podman'),
  ];
  return [
    socket('/var/run/docker.sock', 'Docker'),
    ...(platform === 'linux' ? [socket(posix.join(runtimeDir, 'docker.sock'), 'rootless Docker')] : []),
    socket(home('.docker/desktop/docker.sock'), 'Docker Desktop'),
    socket(home('.docker/run/docker.sock'), 'Docker Desktop'),
    ...colima.map((path) => socket(path, 'Colima')),
    socket(home('.colima/default/docker.sock'), 'Colima'),
    socket(home('.config/colima/default/docker.sock'), 'Colima'),
    socket(home('.rd/docker.sock'), 'Rancher Desktop'),
    socket(home('.orbstack/run/docker.sock'), 'OrbStack'),
    ...(platform === 'linux' ? linuxOnly : []),
    socket(home('.local/share/containers/podman/machine/podman.sock'), 'podman machine'),
    socket(home('.local/share/containers/podman/machine/qemu/podman.sock'), 'podman machine'),
    ...(env.TMPDIR ? [socket(posix.join(env.TMPDIR, 'podman/podman-machine-default-api.sock'), 'podman machine')] : []),
  ];
}

function socket(path: string, source: string): EngineAddress {
  return { host: `unix://${path}`, source: `${source} (${path})` };
}

function pipe(name: string, source: string): EngineAddress {
  return { host: `npipe:////./pipe/${name}`, source: `${source} (pipe ${name})` };
}
