import { expect, test, vi } from 'vitest';
import type { BuildRequest, Engine } from '../../../src/engine/engine.ts';
import { buildOwnImage } from '../../../src/images/build-own.ts';
import * as ownImages from '../../../src/images/own-images.ts';
import type { Report } from '../../../src/protocol/events.ts';
import type { ImageName } from '../../../src/protocol/image.ts';

// The tags are hashes of files that lie beside the bundle, not beside its sources.
vi.spyOn(ownImages, 'ownImageTag').mockImplementation(async (name) => `ezj/${name}:0123456789ab`);

const DEBIAN = 'debian:trixie-slim';

/** Stands in for an engine that has Debian, and whose builds take a turn of the loop and end with `signal`. */
function standInEngine() {
  const images = new Set([DEBIAN]);
  const builds: string[] = [];
  const engine = {
    inspectImage: async (reference: string) =>
      images.has(reference) ? { id: reference, tags: [reference] } : undefined,
    buildImage: async ({ tag, title, noCache }: BuildRequest, { signal }: { signal: AbortSignal }) => {
      builds.push(noCache ? `${title} anew` : title);
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      images.add(tag);
    },
    pullImage: async () => {},
  };
  return { engine: engine as unknown as Engine, builds };
}

interface Caller {
  noCache?: boolean;
  signal?: AbortSignal;
  report?: Report;
}

function build(engine: Engine, name: ImageName, { noCache = false, signal, report = () => {} }: Caller = {}) {
  const options = { debian: DEBIAN, mirror: '', owner: 'test', host: { proxy: {} }, noCache };
  return buildOwnImage(engine, name, options, { report, signal: signal ?? new AbortController().signal });
}

test('two kinds that start together build what is below both of them once', async () => {
  const { engine, builds } = standInEngine();
  const [python, r] = await Promise.all([build(engine, 'python'), build(engine, 'r')]);
  expect([python.tags, r.tags]).toEqual([['ezj/python:0123456789ab'], ['ezj/r:0123456789ab']]);
  expect(builds).toEqual(['base', 'python', 'r']);
});

test('a build anew is not given the one from the cache', async () => {
  const { engine, builds } = standInEngine();
  await Promise.all([build(engine, 'base'), build(engine, 'base', { noCache: true })]);
  expect(builds.sort()).toEqual(['base', 'base anew']);
});

test('one who gives up does not end the build of another, who sees all of its progress', async () => {
  const { engine, builds } = standInEngine();
  const controller = new AbortController();
  const given = build(engine, 'python', { signal: controller.signal });
  const waiting = build(engine, 'r', {
    report: (event) => event.type === 'step' && event.text.startsWith('Building ezj/base') && controller.abort(),
  });
  await Promise.all([given, waiting]);
  expect(controller.signal.aborted).toBe(true);
  expect(builds).toEqual(['base', 'python', 'r']);
});
