import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startCommand } from '../../../src/cli/commands/start.ts';
import { createStartRequest } from '../../../src/cli/start/start-request.ts';
import { applyDeclaration } from '../../../src/cli/tree.ts';

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'ezj-')));
});

afterEach(() => rmSync(folder, { recursive: true }));

function ask(...argv: string[]) {
  let created: ReturnType<typeof createStartRequest> | undefined;
  const run: typeof startCommand.run = ({ args: [argument], options }) => {
    created = createStartRequest({ argument, options, cwd: folder, env: {} });
  };
  const command = applyDeclaration(new Command(), { ...startCommand, run }, { commands: [], afterDashes: [] });
  command.exitOverride().parse(argv, { from: 'user' });
  if (!created) throw new Error('The start did not run');
  return created;
}

test.each<[string[], string | undefined]>([
  [[], undefined],
  [['-3'], 'python'],
  [['-R'], 'r'],
  [['--rstudio'], 'rstudio'],
  [['--kind', 'marimo'], 'marimo'],
  [['--stack', 'scipy'], undefined],
])('ezj %j asks for the kind %s', (argv, kind) => {
  expect(ask(...argv).request.kind).toBe(kind);
});

test('an RStudio project asks for RStudio, on that project', () => {
  writeFileSync(path.join(folder, 'b.Rproj'), '');
  expect(ask('b.Rproj').request).toMatchObject({ kind: 'rstudio', project: folder, notebook: 'b.Rproj' });
});

test.each([
  [['minimal'], 'quay.io/jupyter/minimal-notebook'],
  [['scipy'], 'quay.io/jupyter/scipy-notebook'],
  [['datascience'], 'quay.io/jupyter/datascience-notebook'],
  [['tensorflow'], 'quay.io/jupyter/tensorflow-notebook'],
  [['pytorch'], 'quay.io/jupyter/pytorch-notebook'],
  [['pyspark'], 'quay.io/jupyter/pyspark-notebook'],
  [['all-spark'], 'quay.io/jupyter/all-spark-notebook'],
  [['julia'], 'quay.io/jupyter/julia-notebook'],
  [['pytorch', '--gpus', 'all'], 'quay.io/jupyter/pytorch-notebook:cuda12-latest'],
  [['tensorflow', '--gpus', '1'], 'quay.io/jupyter/tensorflow-notebook:cuda-latest'],
])('--stack %j is %s', (argv, image) => {
  const { request, remarks } = ask('--stack', ...argv);
  expect({ image: request.image, remarks }).toEqual({ image, remarks: [] });
});

test('a stack with R takes -R, any other refuses it', () => {
  expect(ask('--stack', 'datascience', '-R').request.kind).toBe('r');
  expect(() => ask('--stack', 'julia', '-R')).toThrow(/its image has no R; --stack datascience has/);
});

test('a stack without CUDA is used as it is with GPUs, and that is said', () => {
  const { request, remarks } = ask('--stack', 'scipy', '--gpus', 'all');
  expect(request.image).toBe('quay.io/jupyter/scipy-notebook');
  expect(remarks).toEqual([expect.stringContaining('no image with CUDA')]);
});

test('a version of R is a tag, and is left to the daemon where only the project’s file can say RStudio', () => {
  expect(ask('--rstudio', '--r-version', '4.5').request).toMatchObject({ kind: 'rstudio', imageTag: '4.5' });
  expect(ask('--r-version', '4.5').request).toMatchObject({ kind: undefined, imageTag: '4.5' });
  expect(() => ask('-R', '--r-version', '4.5')).toThrow('--r-version goes with --rstudio');
});
