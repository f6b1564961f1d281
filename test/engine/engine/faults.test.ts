import { afterEach, expect, test } from 'vitest';
import { createDockerEngine } from '../../../src/engine/docker-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { type FaultRule, type FaultyEngine, startFaultyEngine } from '../../environment/faulty-engine.ts';

let faulty: FaultyEngine | undefined;
afterEach(async () => {
  await faulty?.stop();
  faulty = undefined;
});

async function engineWith(...rules: FaultRule[]): Promise<Engine> {
  faulty = await startFaultyEngine({ rules });
  return createDockerEngine({ host: faulty.url, source: 'the test' });
}

test('an engine that is not there fails with engine-gone', async () => {
  const engine = createDockerEngine({ host: 'unix:///nowhere/docker.sock', source: 'the test' });
  await expect(engine.listContainers([])).rejects.toMatchObject({ code: 'engine-gone' });
});

test('an engine that ends its stream of events fails with engine-gone', async () => {
  const engine = await engineWith({ path: /^\/events$/, fault: { kind: 'stream', lines: [{ Type: 'x' }] } });
  const events = engine.events('any', { signal: new AbortController().signal });
  await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'engine-gone' });
});

test('an engine that dies while a container is waited for fails with engine-gone', async () => {
  const engine = await engineWith({ path: /\/wait$/, fault: { kind: 'stream', lines: [] } });
  const waiting = engine.waitForExit('any', { signal: new AbortController().signal });
  await expect(waiting).rejects.toMatchObject({ code: 'engine-gone' });
});

test('a call to an engine that hangs ends with the signal', async () => {
  const engine = await engineWith({ path: /^\/(info|version)$/, fault: { kind: 'hang' } });
  await expect(engine.info({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'cancelled' });
});

test('the words of the engine are told', async () => {
  const message = 'Mounts denied: /x is not shared';
  const engine = await engineWith({ path: /\/start$/, fault: { kind: 'answer', status: 500, message } });
  await expect(engine.startContainer('abc')).rejects.toMatchObject({
    code: 'engine-failed',
    message: `Could not start the container abc: ${message}`,
  });
});

test('a full disk fails with disk-full', async () => {
  const message = 'mkdir /var/lib/docker/overlay2/x: no space left on device';
  const engine = await engineWith({ path: /\/start$/, fault: { kind: 'answer', status: 500, message } });
  await expect(engine.startContainer('abc')).rejects.toMatchObject({ code: 'disk-full' });
});
