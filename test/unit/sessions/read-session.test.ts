import { expect, test } from 'vitest';
import type { Container, ContainerDetails, Engine } from '../../../src/engine/engine.ts';
import { inspectSession, knownSession } from '../../../src/sessions/docker/read-session.ts';
import { sealOf } from '../../../src/sessions/docker/seal.ts';

const LABELS = { 'ezj.session': 'genome' };
const ENGINE = 'an-engine';

function containerIn(state: Container['state'], seal = sealOf(LABELS, ENGINE)): ContainerDetails {
  return {
    id: 'abc',
    name: 'ezj-genome-0123456789ab',
    image: 'ezj/r:1',
    imageId: 'sha256:1',
    labels: { ...LABELS, 'ezj.seal': seal },
    state,
    created: '2026-01-01T00:00:00Z',
    env: {},
    exitCode: 0,
    outOfMemory: false,
    error: '',
    ports: {},
    startedAt: '',
    pid: 0,
    binds: [],
  };
}

/** Stands in for an engine with one container in this state. */
const engineWith = (state: Container['state'], seal?: string) =>
  ({ inspectContainer: async () => containerIn(state, seal), info: async () => ({ id: ENGINE }) }) as unknown as Engine;

test.each([
  '',
  'x',
  sealOf(LABELS, 'another engine'),
  sealOf({ ...LABELS, 'ezj.project': '/other' }, ENGINE),
])('a container that only has the labels of a session is none: %s', async (seal) => {
  expect(await inspectSession(engineWith('running', seal), 'abc')).toBeUndefined();
});

test('a container that is being removed is no session any more', async () => {
  expect(await inspectSession(engineWith('removing'), 'abc')).toBeUndefined();
  expect(await inspectSession(engineWith('exited'), 'abc')).toMatchObject({ session: { name: 'genome' } });
});

test('a container that ended can start again, and a dead one cannot', () => {
  expect(knownSession(containerIn('exited'))).toMatchObject({ session: { state: 'stopped' }, canStartAgain: true });
  expect(knownSession(containerIn('dead'))).toMatchObject({ session: { state: 'stopped' }, canStartAgain: false });
});
