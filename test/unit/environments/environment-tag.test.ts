import { expect, test } from 'vitest';
import type { Image } from '../../../src/engine/engine.ts';
import { environmentTag } from '../../../src/environments/build/build-environment.ts';

const PULLED: Image = {
  id: 'sha256:1',
  tags: ['registry.example.org/python:1'],
  digests: ['registry.example.org/python@sha256:2'],
  labels: {},
  bytes: 1,
  created: '2026-01-01T00:00:00Z',
  platform: 'linux/amd64',
  layers: ['sha256:a', 'sha256:b'],
  config: { env: { A: '1', B: '2' }, entrypoint: [], cmd: ['lab'], user: '', workdir: '', exposedPorts: [8888] },
};
const OWN = { ...PULLED, tags: ['ezj/python:0123456789ab'] };

function tagOn(base: Image, name = 'analysis'): string {
  const step = { from: 'apt.txt', run: 'install', files: [], caches: [] };
  const plan = { steps: [step], decisions: [], notes: [] };
  return environmentTag({ project: `/p/${name}`, name, plan, hash: '' }, base);
}

test.each([
  ['without a digest, because it was loaded', { digests: [] }],
  ['with the digest of another registry, because it was pushed', { digests: ['other.example.org/x@sha256:3'] }],
  ['of another id, because the engine counts otherwise', { id: 'sha256:9' }],
  ['with its variables in another order', { config: { ...PULLED.config, env: { B: '2', A: '1' } } }],
])('the same base gives the same tag %s', (_, difference) => {
  expect(tagOn({ ...PULLED, ...difference })).toBe(tagOn(PULLED));
});

test.each([
  ['other layers', { layers: ['sha256:a'] }],
  ['other variables', { config: { ...PULLED.config, env: {} } }],
  ['another platform', { platform: 'linux/arm64' }],
])('a base with %s gives another tag', (_, difference) => {
  expect(tagOn({ ...PULLED, ...difference })).not.toBe(tagOn(PULLED));
});

test('one of ezj’s own is told by its tag, for no two builds of it have the same bytes', () => {
  expect(tagOn({ ...OWN, layers: ['sha256:c'] })).toBe(tagOn(OWN));
  expect(tagOn({ ...OWN, tags: ['ezj/python:ba9876543210'] })).not.toBe(tagOn(OWN));
});

test('folders of other names differ in the name only', () => {
  const [name, hash] = tagOn(PULLED, 'other').split(':');
  expect([name, hash]).toEqual(['ezj/env-other', tagOn(PULLED).split(':')[1]]);
});
