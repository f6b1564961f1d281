import { expect, test } from 'vitest';
import type { ContainerDetails } from '../../../src/engine/engine.ts';
import { JUPYTER } from '../../../src/notebooks/server-contract.ts';
import { LABEL } from '../../../src/protocol/labels.ts';
import type { KindRequest } from '../../../src/protocol/session.ts';
import { differences } from '../../../src/sessions/differences.ts';
import { labelsOf, readServer } from '../../../src/sessions/docker/labels.ts';
import { sessionDetails, sessionOf } from '../../../src/sessions/docker/read-session.ts';
import { sessionKey } from '../../../src/sessions/key.ts';

const request: KindRequest = {
  project: '/data/My project: "x"',
  kind: 'r',
  refresh: 'auto',
  readOnly: false,
  mounts: [{ source: '/data/ref', target: '/ref', readOnly: true }],
  env: { API_KEY: 'very secret' },
  memoryBytes: 4 * 1024 ** 3,
  user: { uid: 1000, gid: 100 },
  host: { proxy: { HTTPS_PROXY: 'http://user:password@proxy:3128' } },
};

const labels = labelsOf(request, {
  owner: '1000',
  name: 'my-project-r',
  bind: '127.0.0.1',
  port: 8999,
  server: { ...JUPYTER, port: 8888 },
  identity: { uid: 1000, gid: 100 },
  environment: '',
  engineId: 'an-engine',
});

const container: ContainerDetails = {
  id: 'abc',
  name: 'ezj-my-project',
  image: 'ezj/r:1',
  imageId: 'sha256:1',
  labels,
  state: 'running',
  created: '2026-01-01T00:00:00.123456789Z',
  env: { API_KEY: 'very secret', JUPYTER_TOKEN: 'token', HOME: '/home/ezj' },
  exitCode: 0,
  outOfMemory: false,
  error: '',
  ports: {},
  startedAt: '2026-01-01T00:00:01Z',
  pid: 0,
  binds: [],
};

test('a session is read back from its container alone', () => {
  expect(sessionOf(container)).toEqual({
    name: 'my-project-r',
    state: 'running',
    kind: 'r',
    project: request.project,
    image: 'ezj/r:1',
    bind: '127.0.0.1',
    port: 8999,
    container: 'abc',
    created: '2026-01-01T00:00:00.000Z',
    exit: undefined,
    readOnly: false,
  });
});

test('a spoilt label spoils no list', () => {
  const spoilt = { ...container, labels: { ...labels, [LABEL.settings]: '{' } };
  expect(sessionOf(spoilt)).toMatchObject({ name: 'my-project-r', readOnly: false });
});

test('no secret stands in a label', () => {
  const text = JSON.stringify(labels);
  expect(text).not.toContain('very secret');
  expect(text).not.toContain('password');
});

test('project, kind and owner make the key', () => {
  const key = sessionKey(request, '1000');
  expect(key).toMatch(/^[0-9a-f]{12}$/);
  expect(sessionKey({ ...request, kind: 'python' }, '1000')).not.toBe(key);
  expect(sessionKey({ ...request, project: '/data/other' }, '1000')).not.toBe(key);
  expect(sessionKey(request, '1001')).not.toBe(key);
});

test('a container that ended says how', () => {
  const ended = { ...container, state: 'exited' as const, exitCode: 137, outOfMemory: true };
  expect(sessionOf(ended)).toMatchObject({ state: 'stopped', exit: { code: 137, outOfMemory: true } });
});

test('what a second start asks for in vain is named, and what it does not ask for is not', () => {
  expect(differences({ ...request, memoryBytes: undefined, mounts: [], env: {} }, sessionDetails(container))).toEqual(
    [],
  );
  expect(differences(request, sessionDetails(container))).toEqual([]);
  const other: KindRequest = {
    ...request,
    memoryBytes: 512 * 1024 ** 2,
    readOnly: true,
    env: { API_KEY: 'new', OTHER: '1' },
  };
  expect(
    differences({ ...other, mounts: [{ source: '/a', target: '/b', readOnly: false }] }, sessionDetails(container)),
  ).toEqual(['--memory 512m (it has 4g)', '--ro (it is writable)', '--mount /a:/b', '--env API_KEY', '--env OTHER']);
});

test('what ezj chose by itself is named as what the session has, and asking for just that is no difference', () => {
  const plain = { ...request, memoryBytes: undefined, mounts: [], env: {} };
  expect(
    differences({ ...plain, port: 9999, bind: '0.0.0.0', image: 'my/r:2', imageTag: '4.5' }, sessionDetails(container)),
  ).toEqual([
    '--image my/r:2 (it has ezj/r:1)',
    '--r-version 4.5 (it has ezj/r:1)',
    '--bind 0.0.0.0 (it has 127.0.0.1)',
    '--port 9999 (it has 8999)',
  ]);
  expect(differences({ ...plain, shmBytes: 1024 ** 3 }, sessionDetails(container))).toEqual([
    '--shm-size 1g (it has the default)',
  ]);
  expect(differences({ ...plain, port: 8999, bind: '127.0.0.1', image: 'ezj/r:1' }, sessionDetails(container))).toEqual(
    [],
  );
});

test('the label tells how the server is reached, and a spoilt one is taken for Jupyter’s', () => {
  expect(readServer(container)).toEqual({ ...JUPYTER, port: 8888 });
  expect(readServer({ labels: { [LABEL.server]: 'garbage' } })).toEqual({ ...JUPYTER, port: 8888 });
  expect(readServer({ labels: { [LABEL.server]: '{"port":8787,"signIn":"rstudio"}' } })).toMatchObject({
    port: 8787,
    signIn: 'rstudio',
  });
});
