import { expect, test, vi } from 'vitest';
import { CONFIG_KEYS, type Config } from '../../../src/config/keys.ts';
import type { BuildRequest, Engine, Image } from '../../../src/engine/engine.ts';
import * as ownImages from '../../../src/images/own-images.ts';
import { resolveImage } from '../../../src/images/resolve-image.ts';
import { findKind } from '../../../src/notebooks/kinds.ts';
import { type ErrorCode, EzjError } from '../../../src/protocol/errors.ts';
import type { ImageName } from '../../../src/protocol/image.ts';
import type { StartRequest } from '../../../src/protocol/session.ts';

// The tags are hashes of files that lie beside the bundle, not beside its sources.
vi.spyOn(ownImages, 'ownImageTag').mockImplementation(async (name) => own(name));

const DEFAULTS = Object.fromEntries(Object.entries(CONFIG_KEYS).map(([key, { default: value }]) => [key, value]));
const DEBIAN = 'debian:trixie-slim';
const OFFICIAL = 'quay.io/jupyter/scipy-notebook';
const OFFICIAL_R = 'quay.io/jupyter/r-notebook';

function own(name: ImageName): string {
  return `ezj/${name}:0123456789ab`;
}

interface World {
  /** On the engine. */
  local?: string[];
  /** What a registry gives. */
  remote?: string[];
  /** How it refuses everything else. */
  refusal?: ErrorCode;
}

interface Wanted {
  kind?: string;
  config?: Partial<Config>;
  image?: string;
  refresh?: StartRequest['refresh'];
}

interface Outcome {
  reference?: string | undefined;
  /** What was pulled and built for it, in order. */
  work: string[];
  /** What the user was told. */
  told: string;
  error?: EzjError;
}

/** Resolves the image of a session on a stand-in for an engine, which has what it pulled or built. */
async function resolve(
  { local = [], remote = [], refusal = 'registry-unreachable' }: World,
  { kind = 'python', config = {}, image, refresh = 'auto' }: Wanted = {},
): Promise<Outcome> {
  const images = new Set(local);
  const work: string[] = [];
  const told: string[] = [];
  const engine = {
    inspectImage: async (reference: string) =>
      images.has(reference) ? { id: reference, tags: [reference] } : undefined,
    pullImage: async (reference: string) => {
      work.push(`pull ${reference}`);
      if (!remote.includes(reference)) throw new EzjError({ code: refusal, message: `Could not pull ${reference}` });
      images.add(reference);
    },
    buildImage: async ({ tag, noCache }: BuildRequest) => {
      work.push(`build ${tag}${noCache ? ' anew' : ''}`);
      images.add(tag);
    },
  };
  const call = {
    report: (event: object) => void told.push('text' in event ? String(event.text) : ''),
    signal: new AbortController().signal,
  };
  const wanted = {
    kind: findKind(kind, {}),
    config: { ...(DEFAULTS as Config), ...config },
    owner: 'test',
    request: { image, refresh, host: { proxy: {} } },
  };
  const settled = await resolveImage(engine as unknown as Engine, wanted, call).then(
    ({ tags }: Image) => ({ reference: tags[0] }),
    (error: EzjError) => ({ error }),
  );
  return { ...settled, work, told: told.join('\n') };
}

test('auto takes the image that ezj built before the official one, where both are local', async () => {
  const local = [own('python'), OFFICIAL];
  expect(await resolve({ local })).toEqual({ reference: own('python'), work: [], told: '' });
  expect(await resolve({ local: [OFFICIAL] })).toEqual({ reference: OFFICIAL, work: [], told: '' });
});

test('auto pulls the official image where none is local', async () => {
  const { reference, work, told } = await resolve({ remote: [OFFICIAL] });
  expect({ reference, work }).toEqual({ reference: OFFICIAL, work: [`pull ${OFFICIAL}`] });
  expect(told).toBe(`Pulling ${OFFICIAL}`);
});

test('auto builds where the registry does not give the official image, and says why', async () => {
  const { reference, work, told } = await resolve({ local: [DEBIAN] });
  expect(reference).toBe(own('python'));
  expect(work).toEqual([`pull ${OFFICIAL}`, `build ${own('base')}`, `build ${own('python')}`]);
  expect(told).toContain(`Could not pull ${OFFICIAL}; building ezj's own Python image instead, once`);
});

test('auto does not build where that would end no better', async () => {
  const { error, work } = await resolve({ refusal: 'disk-full' });
  expect(error).toMatchObject({ code: 'disk-full' });
  expect(work).toEqual([`pull ${OFFICIAL}`]);
});

test('each kind has its own images', async () => {
  expect(await resolve({ local: [own('python'), OFFICIAL, OFFICIAL_R] }, { kind: 'r' })).toMatchObject({
    reference: OFFICIAL_R,
    work: [],
  });
  const { reference, work } = await resolve({ local: [own('python')] }, { kind: 'r' });
  expect(reference).toBe(own('r'));
  expect(work).toEqual([`pull ${OFFICIAL_R}`, `build ${own('r')}`]);
});

test('official never takes or builds ezj’s own image', async () => {
  const config = { 'image.python': 'official' };
  const world = { local: [own('python'), DEBIAN] };
  expect(await resolve({ ...world, remote: [OFFICIAL] }, { config })).toMatchObject({ reference: OFFICIAL });
  const { error, work } = await resolve(world, { config });
  expect(error).toMatchObject({ code: 'registry-unreachable' });
  expect(work).toEqual([`pull ${OFFICIAL}`]);
});

test('built never takes or pulls the official image', async () => {
  const config = { 'image.python': 'built' };
  const { reference, work } = await resolve({ local: [OFFICIAL, DEBIAN], remote: [OFFICIAL] }, { config });
  expect(reference).toBe(own('python'));
  expect(work).toEqual([`build ${own('base')}`, `build ${own('python')}`]);
});

test('an image that the configuration names is taken from here, or pulled, and never built', async () => {
  const config = { 'image.python': 'mine:1' };
  expect(await resolve({ local: ['mine:1'] }, { config })).toMatchObject({ reference: 'mine:1', work: [] });
  expect(await resolve({ remote: ['mine:1'] }, { config })).toMatchObject({
    reference: 'mine:1',
    work: ['pull mine:1'],
  });
  expect(await resolve({ local: [own('python'), DEBIAN] }, { config })).toMatchObject({
    error: { code: 'registry-unreachable' },
    work: ['pull mine:1'],
  });
});

test('an image of the configuration is that of its kind only', async () => {
  const config = { 'image.r': 'mine:1' };
  expect(await resolve({ local: ['mine:1', OFFICIAL] }, { config })).toMatchObject({ reference: OFFICIAL });
  expect(await resolve({ local: ['mine:1', OFFICIAL_R] }, { config, kind: 'r' })).toMatchObject({
    reference: 'mine:1',
  });
});

test('the configuration says which image is the official one', async () => {
  const config = { 'official.python': 'mirror.test/scipy:1' };
  const { reference, work } = await resolve({ local: [OFFICIAL], remote: ['mirror.test/scipy:1'] }, { config });
  expect({ reference, work }).toEqual({ reference: 'mirror.test/scipy:1', work: ['pull mirror.test/scipy:1'] });
});

test('the image of the command line goes before that of the configuration', async () => {
  const config = { 'image.python': 'mine:1' };
  expect(await resolve({ local: ['mine:1', 'other:1'] }, { config, image: 'other:1' })).toMatchObject({
    reference: 'other:1',
  });
});

test('-q takes what is local, and neither pulls nor builds', async () => {
  expect(await resolve({ local: [OFFICIAL] }, { refresh: 'never' })).toMatchObject({ reference: OFFICIAL, work: [] });
  const { error, work } = await resolve({ local: [DEBIAN], remote: [OFFICIAL] }, { refresh: 'never' });
  expect(error).toMatchObject({
    code: 'image-not-local',
    message: expect.stringContaining(`${own('python')}, ${OFFICIAL}`),
    hint: 'Leave out -q.',
  });
  expect(work).toEqual([]);
});

test('-u pulls what is local', async () => {
  const world = { local: [own('python'), OFFICIAL, 'mine:1'], remote: [OFFICIAL, 'mine:1'] };
  expect(await resolve(world, { refresh: 'always' })).toMatchObject({
    reference: OFFICIAL,
    work: [`pull ${OFFICIAL}`],
  });
  expect(await resolve(world, { refresh: 'always', image: 'mine:1' })).toMatchObject({ work: ['pull mine:1'] });
});

test('-u builds anew, with all that is below, where nothing can be pulled', async () => {
  const { reference, work } = await resolve(
    { local: [own('base'), own('python')], remote: [DEBIAN] },
    { refresh: 'always' },
  );
  expect(reference).toBe(own('python'));
  const built = [`build ${own('base')} anew`, `build ${own('python')} anew`];
  expect(work).toEqual([`pull ${OFFICIAL}`, `pull ${DEBIAN}`, ...built]);
});
