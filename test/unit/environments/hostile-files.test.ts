import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { readDevcontainer } from '../../../src/environments/devcontainer/devcontainer.ts';
import { chooseBuild } from '../../../src/environments/dockerfile/choose-build.ts';
import { readIgnoreRules } from '../../../src/environments/dockerfile/ignore-rules.ts';
import type { Detection } from '../../../src/environments/files/detect.ts';
import { planEnvironment } from '../../../src/environments/plan.ts';
import { readProjectFile } from '../../../src/projects/project-file.ts';
import { EzjError } from '../../../src/protocol/errors.ts';
import { cpuMs } from '../../environment/cpu-time.ts';

/** What the formats are made of, so that much of it is almost valid. */
const PIECES = [
  ...[
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
    '"',
    "'",
    '`',
    '\\',
    '\n',
    '\r\n',
    ' ',
    '  ',
    '\t',
    ',',
    ':',
    ': ',
    ';',
    '=',
    '==',
    '#',
    '!',
    '&a',
    '*a',
  ],
  ...[
    '- ',
    '-r ',
    '-c ',
    '-e ',
    '--hash=',
    '@ ',
    '<<',
    '<<EOF',
    '|',
    '>',
    '%',
    '$',
    '${A}',
    '$A',
    '..',
    '/',
    '//',
    '*',
    '**',
    '?',
    '~',
    '\0',
    '\u2028',
    '\ufeff',
    '\u202e',
  ],
  ...[
    'null',
    'true',
    '1',
    '-1',
    '1e999',
    '0x',
    '1979-05-27',
    'a',
    'a.b',
    '__proto__',
    'constructor',
    'toString',
    'git+https://x/y',
    'file:///x',
    '../x',
    'x[a]',
    '>=1',
  ],
  ...[
    'dependencies',
    'dependencies:\n',
    'pip:',
    'channels:',
    'name',
    'version',
    'kind',
    'env',
    'mounts',
    'image',
    '[package]',
    '[[package]]',
    '[[packages]]',
    '[project]',
    '[packages]',
    '[dependency-groups]\n',
    'dev = [{include-group="dev"}]',
    'marker',
    'source',
  ],
  ...[
    '"Packages"',
    '"default"',
    '"_meta"',
    '"build"',
    '"mounts"',
    '"postCreateCommand"',
    'FROM x',
    'FROM x AS a',
    'COPY ',
    'ADD ',
    '--from=',
    'ARG A',
    'RUN ',
    'Package: x',
    'Imports:',
    'r-',
    'python-3',
  ],
];
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join('')),
  fc.tuple(fc.constantFrom(...PIECES), fc.constantFrom(...PIECES), fc.nat(300)).map(([a, b, n]) => (a + b).repeat(n)),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const bytes = fc.oneof(
  { weight: 5, arbitrary: hostile.map((text) => Buffer.from(text)) },
  fc.uint8Array().map((each) => Buffer.from(each)),
);

/** The longest that a file of this size may take: what one takes that is a thousand times as long, the parser's thread limits. */
const MOST_MS = 3000;

async function readsOrRefuses(read: () => Promise<unknown>): Promise<void> {
  const start = cpuMs();
  const error = await read().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error !== undefined && !(error instanceof EzjError)) throw error;
  expect(cpuMs() - start).toBeLessThan(MOST_MS);
  if (error) expect(error.message.length).toBeLessThan(2000);
}

const anyContent = (read: (content: Buffer) => Promise<unknown>) =>
  fc.assert(
    fc.asyncProperty(bytes, (content) => readsOrRefuses(() => read(content))),
    { numRuns: 150 },
  );

test.each([
  ...[
    'apt.txt',
    'environment.yml',
    'uv.lock',
    'pylock.toml',
    'Pipfile.lock',
    'Pipfile',
    'requirements.txt',
    'pyproject.toml',
  ],
  ...['runtime.txt', 'renv.lock', 'DESCRIPTION', 'install.R', 'postBuild', 'start'],
])('whatever %s holds, it is read or refused', async (name) => {
  await anyContent(async (content) => {
    const detection: Detection = { project: '/nowhere', folder: '', files: { [name]: { path: name, content } } };
    for (const kind of ['python', 'r']) await planEnvironment(detection, kind);
  });
}, 60_000);

test('whatever a Dockerfile holds, it is read or refused', async () => {
  await anyContent(async (content) => {
    const Dockerfile = { path: 'binder/Dockerfile', content };
    await chooseBuild({ project: '/nowhere', folder: 'binder', files: { Dockerfile } }, {});
  });
}, 60_000);

test('whatever a .dockerignore holds, it is read or refused', async () => {
  await anyContent(async (content) => {
    const rules = readIgnoreRules({ path: '.dockerignore', content });
    for (const name of ['a', 'a/b/..c', 'a'.repeat(200)]) rules.skips(name);
  });
}, 60_000);

test('whatever a devcontainer.json holds, it is read or refused', async () => {
  const places = { project: '/p', workdir: '/work', localEnv: {} };
  await anyContent((content) => readDevcontainer({ path: '.devcontainer.json', content }, places));
}, 60_000);

test('whatever ezj.yaml holds, it is read or refused', async () => {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'ezj-hostile-')));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await anyContent((content) => {
    writeFileSync(path.join(folder, 'ezj.yaml'), content);
    return readProjectFile(folder);
  });
}, 60_000);

test.each([
  ['environment.yml', '['.repeat(20_000)],
  ['environment.yml', `dependencies: ${'['.repeat(500)}${']'.repeat(500)}`],
  ['pyproject.toml', `a = ${'['.repeat(20_000)}`],
  ['renv.lock', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['requirements.txt', 'a\n'.repeat(300_000)],
])(
  '%s with thousands of levels or lines is read or refused',
  async (name, text) => {
    const detection: Detection = {
      project: '/p',
      folder: '',
      files: { [name]: { path: name, content: Buffer.from(text) } },
    };
    const error = await planEnvironment(detection, name === 'renv.lock' ? 'r' : 'python').catch(
      (thrown: unknown) => thrown,
    );
    if (error instanceof Error) expect(error).toBeInstanceOf(EzjError);
  },
  30_000,
);
