import { expect, test } from 'vitest';
import { engineCandidates } from '../../../src/engine/engine-candidates.ts';

const surroundings = { env: {}, homeDir: '/home/ada', uid: 1000 };

test('Linux looks for Docker, rootless Docker, Desktop, then Podman', () => {
  const sources = engineCandidates({ platform: 'linux', ...surroundings }).map(({ host }) => host);
  const wanted = [
    'unix:///var/run/docker.sock',
    'unix:///run/user/1000/docker.sock',
    'unix:///home/ada/.docker/desktop/docker.sock',
    'unix:///run/user/1000/podman/podman.sock',
    'unix:///run/podman/podman.sock',
  ];
  expect(sources.filter((host) => wanted.includes(host))).toEqual(wanted);
});

test('macOS looks for Desktop, Colima and Rancher Desktop in the home folder', () => {
  const hosts = engineCandidates({ platform: 'darwin', ...surroundings, homeDir: '/Users/ada' }).map(
    ({ host }) => host,
  );
  expect(hosts).toContain('unix:///Users/ada/.docker/run/docker.sock');
  expect(hosts).toContain('unix:///Users/ada/.colima/default/docker.sock');
  expect(hosts).toContain('unix:///Users/ada/.rd/docker.sock');
});

test('Windows looks for named pipes', () => {
  const hosts = engineCandidates({ platform: 'win32', ...surroundings }).map(({ host }) => host);
  expect(hosts[0]).toBe('npipe:////./pipe/docker_engine');
});

test('XDG_RUNTIME_DIR and COLIMA_HOME are followed', () => {
  const env = { XDG_RUNTIME_DIR: '/tmp/run', COLIMA_HOME: '/tmp/colima' };
  const hosts = engineCandidates({ platform: 'linux', ...surroundings, env }).map(({ host }) => host);
  expect(hosts).toContain('unix:///tmp/run/podman/podman.sock');
  expect(hosts).toContain('unix:///tmp/colima/default/docker.sock');
});
