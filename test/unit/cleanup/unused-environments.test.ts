import { expect, test } from 'vitest';
import { chooseUnused } from '../../../src/cleanup/unused-environments.ts';
import type { Image } from '../../../src/engine/engine.ts';
import type { EnvironmentRecord } from '../../../src/environments/records.ts';

const TAGS = {
  old: 'ezj/env-p:00000000000a',
  current: 'ezj/env-p:00000000000b',
  layer: 'ezj/layer:00000000000c',
};
const BASE = image({ id: 'base', tags: ['ezj/base:aaaaaaaaaaaa'], layers: ['b'], bytes: 100, labels: {} });
const LAYER = image({ id: 'layer', tags: [TAGS.layer], layers: ['b', 'l'], bytes: 150 });
const OLD = image({ id: 'old', tags: [TAGS.old], layers: ['b', 'l', 'o'], bytes: 190 });
const CURRENT = image({ id: 'current', tags: [TAGS.current], layers: ['b', 'c'], bytes: 170 });

function image(parts: Partial<Image> & Pick<Image, 'id' | 'tags' | 'layers' | 'bytes'>): Image {
  return {
    digests: [],
    labels: { 'ezj.owner': 'me', 'ezj.environment': 'h', 'ezj.increment-of': '', 'ezj.project': '/p' },
    created: '2026-01-01T00:00:00.123456789Z',
    platform: 'linux/amd64',
    config: { env: {}, entrypoint: [], cmd: [], user: '', workdir: '', exposedPorts: [] },
    ...parts,
  };
}

const used = (at: string, project = '/p', kind = 'python'): EnvironmentRecord => ({ uses: [{ project, kind, at }] });
const RECORDS = {
  [TAGS.old]: used('2026-02-01T00:00:00.000Z'),
  [TAGS.current]: used('2026-03-01T00:00:00.000Z'),
};

function choose(
  images: Image[],
  {
    records = RECORDS as Record<string, EnvironmentRecord>,
    inUse = [] as string[],
    gone = [] as string[],
    oldBefore = '2026-02-15T00:00:00.000Z',
  } = {},
) {
  const criteria = { owner: 'me', records, inUse: new Set(inUse), gone: new Set(gone), oldBefore };
  return chooseUnused(images, criteria).map(({ names, bytes }) => [names[0], bytes]);
}

const ALL = [BASE, LAYER, OLD, CURRENT];

test('what a project has replaced goes with the steps that only it stands on, each with its own bytes', () => {
  expect(choose(ALL)).toEqual([
    [TAGS.old, 40],
    [TAGS.layer, 50],
  ]);
});

test('what a project started from last stays, however long ago that was', () => {
  expect(choose([BASE, CURRENT], { oldBefore: '2027-01-01T00:00:00.000Z' })).toEqual([]);
});

test('what was used lately stays, and so does what it stands on', () => {
  expect(choose(ALL, { oldBefore: '2026-01-15T00:00:00.000Z' })).toEqual([]);
});

test('an image that a container has stays, and so does what that image stands on', () => {
  expect(choose(ALL, { inUse: ['old'] })).toEqual([]);
  const derived = image({ id: 'mine', tags: ['mine:1'], layers: ['b', 'l', 'm'], bytes: 160 });
  expect(choose([...ALL, derived], { inUse: ['mine'] })).toEqual([[TAGS.old, 40]]);
});

test('an image of another owner stays, as does one with a name of the user’s', () => {
  const labels = { ...OLD.labels, 'ezj.owner': 'other' };
  expect(choose([BASE, LAYER, { ...OLD, labels }, CURRENT])).toEqual([]);
  expect(choose([BASE, LAYER, { ...OLD, tags: [TAGS.old, 'mine:1'] }, CURRENT])).toEqual([]);
});

test('what a user has built on an environment stays, whatever labels it inherits', () => {
  expect(choose([BASE, { ...OLD, tags: ['built-by-me:1'] }, { ...OLD, id: 'none', tags: [] }, CURRENT])).toEqual([]);
});

test('an environment whose folder is gone goes at once', () => {
  const young = { oldBefore: '2026-01-15T00:00:00.000Z', gone: ['/p'] };
  expect(choose([BASE, OLD, CURRENT], young).map(([name]) => name)).toEqual([TAGS.old, TAGS.current]);
});

test('an environment that another project still uses stays', () => {
  const records = {
    ...RECORDS,
    [TAGS.old]: { uses: [...used('2026-02-01T00:00:00.000Z').uses, ...used('2026-02-01T00:00:00.000Z', '/q').uses] },
  };
  expect(choose(ALL, { records })).toEqual([]);
});

test('the environments of two kinds of one project do not replace each other', () => {
  const records = { ...RECORDS, [TAGS.current]: used('2026-03-01T00:00:00.000Z', '/p', 'r') };
  expect(choose(ALL, { records })).toEqual([]);
});

test('without records, the label’s project and the time of the build count', () => {
  const newer = { ...CURRENT, created: '2026-03-01T00:00:00Z' };
  expect(choose([BASE, OLD, newer], { records: {} })).toEqual([[TAGS.old, 90]]);
  // A folder that only the label names may be one of another machine.
  expect(choose([BASE, newer], { records: {}, gone: ['/p'] })).toEqual([]);
});

test('an image from elsewhere that nobody has used for long goes, whoever has built it', () => {
  const labels = { ...OLD.labels, 'ezj.owner': 'other', 'ezj.project': '/gone' };
  const records = { [TAGS.old]: { uses: [], imported: '2026-02-01T00:00:00.000Z' } };
  expect(choose([BASE, { ...OLD, labels }], { records, gone: ['/gone'] })).toEqual([[TAGS.old, 90]]);
  expect(choose([BASE, { ...OLD, labels }], { records, oldBefore: '2026-01-15T00:00:00.000Z' })).toEqual([]);
});

test('a step of a build that was not finished stays for a while', () => {
  expect(choose([BASE, LAYER], { oldBefore: '2025-12-31T00:00:00.000Z' })).toEqual([]);
  expect(choose([BASE, LAYER])).toEqual([[TAGS.layer, 50]]);
});
