import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { CallContext } from '../concurrency/shared-work.ts';
import type { Engine } from '../engine/engine.ts';
import { readBundle } from '../host/certificates.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { LABEL } from '../protocol/labels.ts';
import type { HostNetwork } from '../protocol/session.ts';

export const SUITE = 'trixie';

/** The name of the image that mmdebstrap makes. */
export const MADE_HERE = `ezj/debian:${SUITE}`;

/** How to make the image. */
interface Making {
  /** The mirror of the Debian packages. */
  mirror: string;
  host: HostNetwork;
  /** Why no registry provides an image; part of the error if mmdebstrap is missing too. */
  refusal: EzjError;
  call: CallContext;
}

/**
 * Makes a Debian image from Debian packages, named `MADE_HERE`. Leaves nothing behind if it fails or is cancelled.
 * @throws `build-failed`, `disk-full`, `cancelled`; the code of `refusal` if mmdebstrap is missing
 */
export async function makeDebian(engine: Engine, making: Making): Promise<void> {
  const { certificates } = making.host;
  const bundle = certificates === undefined ? undefined : await readBundle(certificates);
  if (bundle === undefined) return runMmdebstrap(engine, making, []);
  const folder = await mkdtemp(path.join(temporaryFolder(), 'ezj-certificates-'));
  try {
    const file = path.join(folder, 'host.crt');
    await writeFile(file, bundle);
    // Copies the bundle to a place that everyone can read, because apt downloads as its own user.
    await Promise.all([chmod(folder, 0o755), chmod(file, 0o644)]);
    await runMmdebstrap(engine, making, trustOptions(file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Not in /tmp: a /tmp in memory may be too small for a complete system. */
function temporaryFolder(): string {
  return process.env.TMPDIR ?? '/var/tmp';
}

/** Options that make apt trust a bundle during the build only. Settings from `--aptopt` would stay in the image. */
function trustOptions(bundle: string): string[] {
  const forget = 'rm "$1/etc/apt/apt.conf.d/99mmdebstrap"';
  return [`--aptopt=Acquire::https::CAInfo "${bundle}"`, `--customize-hook=${forget}`];
}

/** The proxies for apt, which reads only names in lower case. */
function forApt(proxy: Record<string, string>): Record<string, string> {
  const lower = Object.entries(proxy).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...Object.fromEntries(lower), ...proxy };
}

async function runMmdebstrap(
  engine: Engine,
  { mirror, host, refusal, call: { report, signal } }: Making,
  options: string[],
): Promise<void> {
  const { execa } = await import('execa');
  const excluded = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*'];
  const subprocess = execa(
    'mmdebstrap',
    ['--variant=apt', ...excluded.map((glob) => `--dpkgopt=path-exclude=${glob}`), ...options, SUITE, '-', mirror],
    {
      env: { ...forApt(host.proxy), TMPDIR: temporaryFolder() },
      stdin: 'ignore',
      buffer: { stdout: false, stderr: true },
      encoding: 'utf8',
      cancelSignal: signal,
      // mmdebstrap removes its temporary folder on SIGTERM.
      forceKillAfterDelay: 20_000,
      reject: false,
    },
  );
  subprocess.stderr?.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split(/[\r\n]+/).filter((each) => each.startsWith('I:'))) report({ type: 'output', line });
  });
  const changes = ['CMD ["/bin/bash"]', `LABEL ${LABEL.image}=debian`];
  const imported = engine.importImage(subprocess.stdout as Readable, { tag: MADE_HERE, changes, signal }).then(
    () => undefined,
    (error: unknown) => error,
  );
  const result = await subprocess;
  const importError = await imported;
  if (signal.aborted) throw new EzjError({ code: 'cancelled', message: 'Cancelled.' });
  if (result.failed) {
    await engine.removeImage(MADE_HERE);
    // An engine on a full disk stops reading, and mmdebstrap then fails with a broken pipe.
    const full = importError !== undefined && toEzjError(importError).code === 'disk-full';
    throw full ? importError : mmdebstrapFailed(result, refusal);
  }
  if (importError !== undefined) throw importError;
}

function mmdebstrapFailed(
  result: { code?: string; exitCode?: number; stderr?: unknown; shortMessage?: string },
  refusal: EzjError,
): EzjError {
  if (result.code === 'ENOENT') {
    return new EzjError({
      code: refusal.code,
      message: `${refusal.message}; and mmdebstrap, which makes a base image without a registry, is not installed.`,
      hint: 'Run `ezj setup`, or check the network with `ezj doctor`.',
      cause: refusal,
    });
  }
  const lines = String(result.stderr ?? '')
    .trim()
    .split('\n')
    .slice(-15);
  const full = lines.some((line) => /No space left on device/i.test(line));
  return new EzjError({
    code: full ? 'disk-full' : 'build-failed',
    message: `mmdebstrap could not make a Debian image: ${result.shortMessage ?? `exit code ${result.exitCode}`}`,
    hint: full
      ? 'Free some space: `ezj prune` shows what ezj can remove.'
      : 'Set a mirror that answers: `ezj config set build.mirror URL`.',
    details: lines,
  });
}
