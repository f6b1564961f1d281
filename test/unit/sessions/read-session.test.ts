import { expect, test } from 'vitest';
import type { Container, ContainerDetails, Engine } from '../../../src/engine/engine.ts';
import { inspectSession, knownSession } from '../../../src/sessions/docker/read-session.ts';

function containerIn(state: Container['state']): ContainerDetails {
  return {
    id: 'abc',
    name: 'ezj-genome-0123456789ab',
    image: 'ezj/r:1',
    imageId: 'sha256:1',
    labels: { 'ezj.session': 'genome' },
    state,
    created: '2026-01-01T00:00:00Z',
    env: {},
    exitCode: 0,
    outOfMemory: false,
    error: '',
    ports: {},
    startedAt: '',
  };
}

/** Stands in for an engine with one container in this state. */
const engineWith = (state: Container['state']) =>
  ({ inspectContainer: async () => containerIn(state) }) as unknown as Engine;

test('a container that is being removed is no session any more', async () => {
  expect(await inspectSession(engineWith('removing'), 'abc')).toBeUndefined();
  expect(await inspectSession(engineWith('exited'), 'abc')).toMatchObject({ session: { name: 'genome' } });
});

test('a container that ended can start again, and a dead one cannot', () => {
  expect(knownSession(containerIn('exited'))).toMatchObject({ session: { state: 'stopped' }, canStartAgain: true });
  expect(knownSession(containerIn('dead'))).toMatchObject({ session: { state: 'stopped' }, canStartAgain: false });
});
