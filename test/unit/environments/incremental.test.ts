import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { findSmaller, incrementLabels, incrementOf } from '../../../src/environments/build/incremental.ts';
import { type Detection, detect } from '../../../src/environments/files/detect.ts';
import { planEnvironment } from '../../../src/environments/plan.ts';
import { LABEL } from '../../../src/protocol/labels.ts';

const file = (path: string, text: string) => ({ path, content: Buffer.from(text) });

function increment(...lines: string[]) {
  const files = [file('requirements.txt', lines.join('\n'))];
  return incrementOf(
    { from: 'requirements.txt', run: 'install', files, caches: [], additive: { lines, files } },
    'below',
  );
}

const IMPORTED = 'ezj/env-other:0123456789ab';
const MINE = { owner: 'me', imported: (tag: string) => tag === IMPORTED };
const TAGS: Record<string, string> = { somebodys: 'me/mine:1', imported: IMPORTED };

/** Stands in for an engine that has these images, which this owner has built where nothing else is said. */
function standIn(images: Record<string, Record<string, string>>): Engine {
  const all = Object.entries(images).map(([id, labels]) => ({
    id,
    labels: { [LABEL.owner]: 'me', ...labels },
    tags: [TAGS[id] ?? 'ezj/layer:0123456789ab'],
  }));
  return {
    listImages: async (wanted: string[]) =>
      all.filter(({ labels }) => wanted.every((each) => Object.entries(labels).some(([k, v]) => `${k}=${v}` === each))),
    inspectImage: async (id: string) => all.find((image) => image.id === id),
  } as unknown as Engine;
}

test('what was installed is added to, where nothing of it has gone and no option has changed', async () => {
  const engine = standIn({
    one: incrementLabels(increment('a'), 0),
    two: incrementLabels(increment('a', 'b'), 3),
    more: incrementLabels(increment('a', 'x'), 0),
    tired: incrementLabels(increment('a', 'b', 'c'), 10),
    hooks: incrementLabels(undefined, 0),
    somebodys: incrementLabels(increment('a', 'b', 'c'), 0),
    others: { ...incrementLabels(increment('a', 'b', 'c'), 0), [LABEL.owner]: 'another' },
    imported: incrementLabels(increment('a', 'b', 'c'), 0),
  });
  expect(await findSmaller(engine, increment('a', 'b', 'c'), MINE)).toMatchObject({
    image: { id: 'two' },
    additions: 3,
  });
  expect(await findSmaller(engine, increment('b', 'c'), MINE)).toBeUndefined();
  expect(await findSmaller(engine, increment('a', 'b', '--pre'), MINE)).toBeUndefined();
  expect(await findSmaller(engine, undefined, MINE)).toBeUndefined();
});

async function incrementOfFolder(texts: Record<string, string>, kind: string) {
  const files = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, file(name, text)]));
  const { steps } = await planEnvironment({ project: '/nowhere', folder: '', files } as Detection, kind);
  const [step] = steps;
  return step && incrementOf(step, 'below');
}

test('another day of CRAN begins anew', async () => {
  const on = (day: string) =>
    incrementOfFolder({ 'runtime.txt': `r-${day}`, DESCRIPTION: 'Package: mine\nImports: dplyr\n' }, 'r');
  const [one, other] = [await on('2020-01-15'), await on('2024-01-15')];
  expect(one?.lines).toEqual(other?.lines);
  expect(one?.from).not.toBe(other?.from);
});

test('what becomes a limit is not there any more', async () => {
  const project = await mkdtemp(path.join(tmpdir(), 'ezj-increment-'));
  onTestFinished(() => rm(project, { recursive: true }));
  const incrementWith = async (requirements: string, limits: string) => {
    await writeFile(path.join(project, 'requirements.txt'), `-c limits.txt\n${requirements}`);
    await writeFile(path.join(project, 'limits.txt'), limits);
    const [step] = (await planEnvironment(await detect(project), 'python')).steps;
    return step && incrementOf(step, 'below');
  };
  const before = await incrementWith('numpy\npandas\n', '');
  const after = await incrementWith('numpy\n', 'pandas\n');
  expect(after?.from).toBe(before?.from);
  const engine = standIn({ before: incrementLabels(before, 0) });
  expect(await findSmaller(engine, before, MINE)).toBeDefined();
  expect(await findSmaller(engine, after, MINE)).toBeUndefined();
});
