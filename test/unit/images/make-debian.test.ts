import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { ensureDebian } from '../../../src/images/debian-base.ts';
import { EzjError } from '../../../src/protocol/errors.ts';
import type { ProgressEvent } from '../../../src/protocol/events.ts';
import type { HostNetwork } from '../../../src/protocol/session.ts';

// mmdebstrap takes half a minute and a mirror. What stands in for it keeps to its manual: the last arguments are suite, target
// and mirror, `-` is stdout, progress and errors go to stderr, and it works in a folder below TMPDIR that it removes on SIGTERM.
let folder: string;
let images: Map<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ezj-test-'));
  images = new Map();
  for (const name of ['bin', 'tmp']) await mkdir(path.join(folder, name));
  vi.stubEnv('TMPDIR', path.join(folder, 'tmp'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  expect(await readdir(path.join(folder, 'tmp'))).toEqual([]);
  await rm(folder, { recursive: true });
});

async function standInMmdebstrap(...lines: string[]): Promise<void> {
  const script = ['#!/bin/sh', `cd ${folder}`, ...lines, ''].join('\n');
  await writeFile(path.join(folder, 'bin', 'mmdebstrap'), script, { mode: 0o755 });
  vi.stubEnv('PATH', `${path.join(folder, 'bin')}:${process.env.PATH}`);
}

/** Stands in for an engine without an image, whose registry does not answer; an import ends with the stream or the signal. */
const engine = {
  inspectImage: async () => undefined,
  pullImage: async () => {
    throw new EzjError({ code: 'registry-unreachable', message: 'Could not pull debian:trixie-slim' });
  },
  importImage: async (rootfs: Readable, { tag, signal }: { tag: string; signal: AbortSignal }) => {
    const content = await text(rootfs);
    signal.throwIfAborted();
    images.set(tag, content);
  },
  removeImage: async (tag: string) => void images.delete(tag),
} as unknown as Engine;

interface Making {
  on?: Engine;
  host?: HostNetwork;
  signal?: AbortSignal;
  report?: (event: ProgressEvent) => void;
}

function makeDebian({ on = engine, host = { proxy: {} }, signal, report = () => {} }: Making = {}): Promise<string> {
  const request = { reference: 'debian:trixie-slim', mirror: 'https://mirror.test/debian', host, renew: false };
  return ensureDebian(on, request, { report, signal: signal ?? new AbortController().signal });
}

const read = (name: string) => readFile(path.join(folder, name), 'utf8');

test('an image is made of what mmdebstrap prints', async () => {
  await standInMmdebstrap('printf "%s\\n" "$@" > arguments', 'echo "the tar"');
  expect(await makeDebian()).toBe('ezj/debian:trixie');
  expect(images.get('ezj/debian:trixie')).toBe('the tar\n');
  expect((await read('arguments')).trim().split('\n').slice(-3)).toEqual(['trixie', '-', 'https://mirror.test/debian']);
});

test('a proxy that is set in capital letters reaches apt, which reads small ones', async () => {
  await standInMmdebstrap('env > environment');
  const proxy = { HTTP_PROXY: 'http://proxy.test:1', HTTPS_PROXY: 'http://proxy.test:2', NO_PROXY: 'near.test' };
  await makeDebian({ host: { proxy: { ...proxy, https_proxy: 'http://proxy.test:3' } } });
  const environment = (await read('environment')).split('\n');
  expect(environment).toContain('http_proxy=http://proxy.test:1');
  expect(environment).toContain('no_proxy=near.test');
  expect(environment).toContain('https_proxy=http://proxy.test:3');
  expect(environment).toContain('HTTPS_PROXY=http://proxy.test:2');
});

test('the host’s certificates are what apt trusts, and nothing of it stays in the image', async () => {
  await standInMmdebstrap(
    'printf "%s\\n" "$@" > arguments',
    `file=$(sed -n 's/^--aptopt=Acquire::https::CAInfo "\\(.*\\)"$/\\1/p' arguments)`,
    // apt downloads as another user.
    'stat -c %A "$file" "$(dirname "$file")" > modes',
    'cp "$file" trusted',
  );
  const certificates = path.join(folder, 'company.crt');
  await writeFile(certificates, '-----BEGIN CERTIFICATE-----\nof the company\n-----END CERTIFICATE-----\n');
  await makeDebian({ host: { proxy: {}, certificates } });
  const trusted = await read('trusted');
  expect(trusted).toContain('of the company');
  // Beside the company's, those that a public mirror needs.
  expect(trusted.split('-----BEGIN').length).toBeGreaterThan(50);
  expect(await read('modes')).toBe('-rw-r--r--\ndrwxr-xr-x\n');
  expect(await read('arguments')).toContain('--customize-hook=rm "$1/etc/apt/apt.conf.d/99mmdebstrap"\n');
});

test('without a bundle apt trusts what it trusts anyway', async () => {
  await standInMmdebstrap('printf "%s\\n" "$@" > arguments');
  await makeDebian({ host: { proxy: {}, certificates: path.join(folder, 'none.crt') } });
  expect(await read('arguments')).not.toContain('CAInfo');
});

test('a missing mmdebstrap is named beside the registry that does not answer', async () => {
  vi.stubEnv('PATH', path.join(folder, 'bin'));
  await expect(makeDebian()).rejects.toMatchObject({
    code: 'registry-unreachable',
    message: expect.stringMatching(/^Could not pull debian:trixie-slim; and mmdebstrap, .* is not installed\.$/),
    hint: expect.stringContaining('ezj setup'),
  });
  expect(images).toEqual(new Map());
});

test('a mmdebstrap that fails leaves no image, and its last lines are shown', async () => {
  const words = 'E: Failed to fetch https://mirror.test/debian/InRelease';
  await standInMmdebstrap('echo "half a tar"', 'seq 30 >&2', `echo "${words}" >&2`, 'exit 25');
  const failure = await makeDebian().catch((error: unknown) => error as EzjError);
  expect(failure).toMatchObject({
    code: 'build-failed',
    message: expect.stringContaining('mmdebstrap could not make a Debian image'),
    hint: expect.stringContaining('ezj config set build.mirror'),
  });
  expect((failure as EzjError).details).toHaveLength(15);
  expect((failure as EzjError).details?.at(-1)).toBe(words);
  expect(images).toEqual(new Map());
});

test('a disk that fills up in mmdebstrap is named as such', async () => {
  await standInMmdebstrap('echo "E: tar: ./usr: Cannot mkdir: No space left on device" >&2', 'exit 1');
  await expect(makeDebian()).rejects.toMatchObject({ code: 'disk-full', hint: expect.stringContaining('ezj prune') });
  expect(images).toEqual(new Map());
});

test('a disk that fills up in the engine is named as such, not as what mmdebstrap says of it', async () => {
  await standInMmdebstrap('exec yes "a tar without end"');
  const full = new EzjError({ code: 'disk-full', message: 'Could not import the image' });
  const importImage = async (rootfs: Readable) => {
    rootfs.destroy();
    throw full;
  };
  await expect(makeDebian({ on: { ...engine, importImage } })).rejects.toBe(full);
});

test('cancelling ends mmdebstrap and leaves neither an image nor a file', async () => {
  // No shell: a signal between its last look and its `wait` is lost.
  const work = `
    const fs = require('node:fs');
    const work = fs.mkdtempSync(process.env.TMPDIR + '/mmdebstrap.');
    process.on('SIGTERM', () => {
      fs.rmSync(work, { recursive: true });
      fs.writeFileSync('ended', 'ended');
      process.exit(1);
    });
    setInterval(() => {}, 1000);
    process.stdout.write('half a tar');
    process.stderr.write('I: extracting archives...\\n');`;
  await standInMmdebstrap(`exec '${process.execPath}' -e "${work}"`);
  const certificates = path.join(folder, 'company.crt');
  await writeFile(certificates, '-----BEGIN CERTIFICATE-----\n');
  const controller = new AbortController();
  const report = (event: ProgressEvent) => event.type === 'output' && controller.abort();
  const made = makeDebian({ host: { proxy: {}, certificates }, signal: controller.signal, report });
  await expect(made).rejects.toMatchObject({ code: 'cancelled' });
  expect(await read('ended')).toBe('ended');
  expect(images).toEqual(new Map());
});
