import { expect, test } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { ensureDebian } from '../../../src/images/debian-base.ts';
import { EzjError } from '../../../src/protocol/errors.ts';

/** Stands in for an engine with these images, whose pulls work or fail. */
function standInEngine(local: string[], { reachable }: { reachable: boolean }) {
  const pulled: string[] = [];
  const engine = {
    inspectImage: async (reference: string) => (local.includes(reference) ? { id: reference } : undefined),
    pullImage: async (reference: string) => {
      pulled.push(reference);
      if (!reachable) throw new EzjError({ code: 'registry-denied', message: 'Could not pull it: 403' });
    },
  };
  return { engine: engine as unknown as Engine, pulled };
}

const call = { report: () => {}, signal: new AbortController().signal };
const request = { reference: 'debian:trixie-slim', mirror: '', host: { proxy: {} }, renew: false };

test('what was made here stands for the default image', async () => {
  const { engine, pulled } = standInEngine(['ezj/debian:trixie'], { reachable: true });
  expect(await ensureDebian(engine, request, call)).toBe('ezj/debian:trixie');
  expect(pulled).toEqual([]);
});

test('a configured image is pulled though one was made here', async () => {
  const { engine } = standInEngine(['ezj/debian:trixie'], { reachable: true });
  expect(await ensureDebian(engine, { ...request, reference: 'mine/debian:1' }, call)).toBe('mine/debian:1');
});

test('a configured image that its registry does not give is replaced by the one made here', async () => {
  const { engine } = standInEngine(['ezj/debian:trixie'], { reachable: false });
  expect(await ensureDebian(engine, { ...request, reference: 'mine/debian:1' }, call)).toBe('ezj/debian:trixie');
});

test('renewing pulls what is local', async () => {
  const { engine, pulled } = standInEngine([request.reference], { reachable: true });
  await ensureDebian(engine, { ...request, renew: true }, call);
  expect(pulled).toEqual([request.reference]);
});
