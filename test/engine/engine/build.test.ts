import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BuildRequest, ContextEntry } from '../../../src/engine/engine.ts';
import { EzjError } from '../../../src/protocol/errors.ts';
import type { ProgressEvent } from '../../../src/protocol/events.ts';
import { openScratch, type Scratch } from '../scratch.ts';

let scratch: Scratch;
let events: ProgressEvent[];
beforeAll(async () => {
  scratch = await openScratch();
}, 60_000);
beforeEach(() => {
  events = [];
});
afterAll(() => scratch.clean());

async function request(lines: string[], changes: Partial<BuildRequest> = {}) {
  const context = await scratch.folder();
  await writeFile(join(context, 'Dockerfile'), [`FROM ${scratch.image}`, ...lines].join('\n'));
  const [key = '', value = ''] = scratch.label.split('=');
  const tag = `${scratch.name()}:1`;
  const given: Omit<BuildRequest, 'context'> = {
    extraFiles: {},
    tag,
    args: {},
    labels: { [key]: value },
    title: 'test',
    noCache: false,
    ...changes,
  };
  return { context, ...given };
}

function build(build: BuildRequest, signal = AbortSignal.timeout(60_000)) {
  return scratch.engine.buildImage(build, { report: (event) => events.push(event), signal });
}

function fileEntry(path: string, content: string): ContextEntry {
  const open = () => Readable.from(content === '' ? [] : [Buffer.from(content)]);
  return { path, kind: 'file', executable: false, sizeBytes: content.length, open };
}

async function* failAfter(first: Buffer, error: Error) {
  yield first;
  throw error;
}

async function output(image: string, cmd: string[]): Promise<string> {
  const id = await scratch.engine.createContainer(scratch.spec({ image, cmd }));
  await scratch.engine.startContainer(id);
  await scratch.engine.waitForExit(id, { signal: AbortSignal.timeout(20_000) });
  return text(await scratch.engine.containerLogs(id, {}));
}

/** Images without a name whose history has an instruction with the marker: only those of one test's build. */
async function unnamedImages(marker: string): Promise<string[]> {
  const docker = new Docker({ socketPath: scratch.host.slice('unix://'.length) });
  const images = await docker.listImages({ all: true });
  const unnamed = images.filter(({ RepoTags }) => (RepoTags ?? []).every((tag) => tag === '<none>:<none>'));
  const histories = await Promise.all(
    unnamed.map(({ Id }) =>
      docker
        .getImage(Id)
        .history()
        .catch(() => []),
    ),
  );
  const found = unnamed.filter((_, index) => JSON.stringify(histories[index]).includes(marker));
  // The engine's order is no order where two were made in the same second.
  return found.map(({ Id }) => Id).sort();
}

/** Containers of the test's image, running or not, whose command has these words. */
async function containersRunning(words: string): Promise<string[]> {
  const docker = new Docker({ socketPath: scratch.host.slice('unix://'.length) });
  const containers = await docker.listContainers({ all: true, filters: { ancestor: [scratch.image] } });
  return containers.filter(({ Command }) => Command.includes(words)).map(({ Id }) => Id);
}

test('builds with files of the folder, extra files and arguments, and reports each step', async () => {
  const wanted = await request(
    ['ARG GREETING', 'COPY sub /opt', 'COPY extra.txt /opt/', 'RUN echo "$GREETING" > /opt/arg'],
    {
      extraFiles: { 'extra.txt': Buffer.from('extra\n') },
      args: { GREETING: 'héllo' },
    },
  );
  await mkdir(join(wanted.context, 'sub'));
  await writeFile(join(wanted.context, 'sub/script'), '#!/bin/sh\necho from a script\n', { mode: 0o755 });
  await build(wanted);
  const command = ['sh', '-c', '/opt/script; cat /opt/extra.txt /opt/arg'];
  expect(await output(wanted.tag, command)).toBe('from a script\nextra\nhéllo\n');
  const steps = events.filter((event) => event.type === 'build-step');
  expect(steps[1]).toMatchObject({ image: 'test', step: 2, text: 'ARG GREETING' });
  expect(steps.length).toBeGreaterThanOrEqual(5);
  expect((await scratch.engine.inspectImage(wanted.tag))?.labels).toMatchObject(wanted.labels);
});

test('reports what an instruction prints, one event a line', async () => {
  await build(await request(['RUN printf "one\\ntw\\303\\266\\n"; echo three >&2', `LABEL n=${scratch.name()}`]));
  const lines = events.flatMap((event) => (event.type === 'output' ? [event.line] : []));
  expect(lines.sort()).toEqual(['one', 'three', 'twö']);
});

test('a failing instruction is named, with its last lines, and leaves no image', async () => {
  const marker = scratch.name();
  const lines = [`RUN echo ${marker} > /made`, 'RUN for i in $(seq 50); do echo line $i; done; exit 9'];
  const failed = build(await request(lines));
  await expect(failed).rejects.toMatchObject({
    code: 'build-failed',
    message: expect.stringMatching(/^Could not build test at `RUN for i .*returned a non-zero code: 9$/),
    details: Array.from({ length: 30 }, (_, index) => `line ${index + 21}`),
  });
  expect(await unnamedImages(marker)).toEqual([]);
});

test('a disk that fills up in an instruction is named as such, and nothing is left', async () => {
  const marker = scratch.name();
  // The kernel's own words: every write to this device finds it full.
  const lines = [`RUN echo ${marker} > /made`, `RUN echo ${marker} > /dev/full`];
  await expect(build(await request(lines))).rejects.toMatchObject({
    code: 'disk-full',
    message: expect.stringContaining('/dev/full'),
    hint: expect.stringContaining('ezj prune'),
    details: [expect.stringMatching(/No space left on device$/)],
  });
  expect(await unnamedImages(marker)).toEqual([]);
  expect(await containersRunning(marker)).toEqual([]);
});

test('a failing build keeps the layers that an earlier build made', async () => {
  const marker = scratch.name();
  const first = [`RUN echo ${marker} > /made`];
  await build(await request([...first, 'RUN true']));
  const before = await unnamedImages(marker);
  await expect(build(await request([...first, 'RUN exit 1']))).rejects.toMatchObject({ code: 'build-failed' });
  expect(before.length).toBeGreaterThan(0);
  expect(await unnamedImages(marker)).toEqual(before);
});

test('a cancelled build leaves no container and no image', async () => {
  const marker = scratch.name();
  const controller = new AbortController();
  const wanted = await request([`RUN echo ${marker} > /made`, 'RUN echo started; sleep 1000']);
  const report = (event: ProgressEvent) => {
    if (event.type === 'output' && event.line === 'started') controller.abort();
  };
  const cancelled = scratch.engine.buildImage(wanted, { report, signal: controller.signal });
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  expect(await unnamedImages(marker)).toEqual([]);
  expect(await containersRunning('echo started; sleep 1000')).toEqual([]);
});

test('only the entries that are named are sent, with a Dockerfile of any name, up to the stage that is wanted', async () => {
  const lines = ['COPY . /seen/', `FROM ${scratch.image} AS late`, 'RUN exit 1'];
  const wanted = await request(lines, { dockerfile: 'b/File', target: 'early' });
  const big = 'x'.repeat(3 * 2 ** 20);
  const dockerfile = await readFile(join(wanted.context, 'Dockerfile'), 'utf8');
  wanted.extraFiles['b/File'] = Buffer.from(dockerfile.replace('\n', ' AS early\n'));
  const context: BuildRequest['context'] = [
    { path: 'a', kind: 'folder' },
    fileEntry('a/big', big),
    { path: 'link', kind: 'link', target: '/etc/passwd' },
    fileEntry('none', ''),
  ];
  await build({ ...wanted, context });
  const look = 'cd /seen; ls . a; stat -c %s a/big none; stat -c %N link';
  expect((await output(wanted.tag, ['sh', '-c', look])).split(/\s+/)).toEqual([
    '.:',
    'a',
    'b',
    'link',
    'none',
    'a:',
    'big',
    String(big.length),
    '0',
    "'link'",
    '->',
    "'/etc/passwd'",
    '',
  ]);
});

test('an entry that cannot be read ends the build with its error, and leaves no image', async () => {
  const marker = scratch.name();
  const wanted = await request([]);
  const error = new EzjError({ code: 'build-failed', message: 'a changed', hint: 'again' });
  const open = () => Readable.from(failAfter(Buffer.alloc(1000), error));
  const context: BuildRequest['context'] = [
    { path: 'a', kind: 'file', executable: false, sizeBytes: 3000, open },
    fileEntry('b', 'x'),
  ];
  const extraFiles = { Dockerfile: Buffer.from(`FROM ${scratch.image}\nCOPY . /\nLABEL x=${marker}\n`) };
  await expect(build({ ...wanted, context, extraFiles })).rejects.toBe(error);
  expect(await unnamedImages(marker)).toEqual([]);
  expect(await scratch.engine.inspectImage(wanted.tag)).toBeUndefined();
});

test('a Dockerfile that cannot be read by the builder fails with its words', async () => {
  await expect(build(await request(['NONSENSE here']))).rejects.toMatchObject({
    code: 'build-failed',
    message: expect.stringContaining('NONSENSE'),
  });
});

test('a base that no registry answers for fails as a pull does', async () => {
  const wanted = await request([]);
  await writeFile(join(wanted.context, 'Dockerfile'), 'FROM 127.0.0.1:1/nothing/here:1\n');
  await expect(build(wanted)).rejects.toMatchObject({ code: 'registry-unreachable' });
});
