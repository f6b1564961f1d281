import { expect, test } from 'vitest';
import { isOld, removable } from '../../../src/cleanup/old-images.ts';
import type { Image } from '../../../src/engine/engine.ts';

const CURRENT = ['ezj/python:c78802857d2f'];

test.each([
  ['an image of another version', ['ezj/python:a956c7314281'], true],
  ['the image of this version', CURRENT, false],
  ['an image that has the tag of this version too', ['ezj/python:a956c7314281', ...CURRENT], false],
  ['an image that the user has named as well', ['ezj/python:a956c7314281', 'mine:1'], false],
  ['an image that the user committed', ['mine:1'], false],
  ['an image without a name', [], false],
  ['a tag that ezj does not give', ['ezj/python:dev'], false],
])('%s (%j) is old: %j', (_, tags, old) => {
  expect(isOld(tags, CURRENT)).toBe(old);
});

const image = (id: string, layers: string[], bytes: number): Image => ({
  id,
  tags: [`${id}:1`],
  digests: [],
  labels: {},
  bytes,
  created: '',
  platform: 'linux/amd64',
  layers,
  config: { env: {}, entrypoint: [], cmd: [], user: '', workdir: '', exposedPorts: [] },
});

const debian = image('debian', ['d'], 100);
const base = image('base', ['d', 'b'], 300);
const python = image('python', ['d', 'b', 'p'], 700);

test('images go from the top down, and none counts the bytes of the one below it', () => {
  expect(removable([base, debian, python], ['base', 'python'])).toEqual([
    { tags: ['python:1'], bytes: 400 },
    { tags: ['base:1'], bytes: 200 },
  ]);
});

test('an image that another one stands on stays', () => {
  const mine = image('mine', ['d', 'b', 'm'], 400);
  expect(removable([debian, base, python, mine], ['base', 'python'])).toEqual([{ tags: ['python:1'], bytes: 400 }]);
});
