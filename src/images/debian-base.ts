import type { Readable } from 'node:stream';
import type { Follower } from '../concurrency/shared-work.ts';
import { CONFIG_KEYS } from '../config/keys.ts';
import type { Engine } from '../engine/engine.ts';
import { debianMirror } from '../host/debian-mirror.ts';
import { EzjError } from '../protocol/errors.ts';
import { LABEL } from '../protocol/labels.ts';
import type { HostNetwork } from '../protocol/session.ts';
import { unavailable } from './unavailable.ts';

const SUITE = 'trixie';
const MADE_HERE = `ezj/debian:${SUITE}`;

/** What to build on. */
export interface DebianRequest {
  reference: string;
  /** A Debian mirror; empty: the image's own. */
  mirror: string;
  host: HostNetwork;
  /** Takes no local image. */
  renew: boolean;
}

/**
 * A Debian image to build on: the local one, or pulled, or, where no registry gives it, made by mmdebstrap from Debian's
 * packages and imported; mmdebstrap needs no root. What was made here before stands for the default image only.
 * https://manpages.debian.org/trixie/mmdebstrap/mmdebstrap.1.en.html
 * @throws `build-failed`, `disk-full`, `cancelled`; those of a pull where mmdebstrap is missing too
 */
export async function ensureDebian(
  engine: Engine,
  { reference, mirror, host, renew }: DebianRequest,
  follower: Follower,
): Promise<string> {
  const { report } = follower;
  const isDefault = reference === CONFIG_KEYS['build.debian'].default;
  const locals = isDefault ? [reference, MADE_HERE] : [reference];
  if (!renew) for (const local of locals) if (await engine.inspectImage(local)) return local;
  const refusal = await pullDebian(engine, reference, follower);
  if (refusal === undefined) return reference;
  if (!renew && (await engine.inspectImage(MADE_HERE))) {
    report({ type: 'step', text: `${refusal.message}; building on ${MADE_HERE} instead` });
    return MADE_HERE;
  }
  const text = `${refusal.message}; making a Debian ${SUITE} image from Debian's packages with mmdebstrap`;
  report({ type: 'step', text });
  await makeDebian(engine, { mirror: mirror || (await debianMirror()), host, refusal, follower });
  return MADE_HERE;
}

/** Gives the error of a registry that does not give the image. */
async function pullDebian(engine: Engine, reference: string, follower: Follower): Promise<EzjError | undefined> {
  try {
    follower.report({ type: 'step', text: `Pulling ${reference}, on which ezj's own images stand` });
    await engine.pullImage(reference, follower);
    return undefined;
  } catch (error) {
    return unavailable(error);
  }
}

async function makeDebian(
  engine: Engine,
  {
    mirror,
    host,
    refusal,
    follower,
  }: Pick<DebianRequest, 'mirror' | 'host'> & { refusal: EzjError; follower: Follower },
): Promise<void> {
  const { report, signal } = follower;
  const { execa } = await import('execa');
  const excluded = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*'];
  const subprocess = execa(
    'mmdebstrap',
    ['--variant=apt', ...excluded.map((glob) => `--dpkgopt=path-exclude=${glob}`), SUITE, '-', mirror],
    {
      env: { ...host.proxy, TMPDIR: process.env.TMPDIR ?? '/var/tmp' },
      stdin: 'ignore',
      buffer: { stdout: false, stderr: true },
      encoding: 'utf8',
      cancelSignal: signal,
      // It removes its temporary folder on SIGTERM.
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
    throw mmdebstrapFailed(result, refusal);
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
      hint: 'Type `ezj setup`, or check the network with `ezj doctor`.',
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
      ? 'Free some space: `ezj prune` shows what ezj can give back.'
      : 'Set a mirror that answers: `ezj config set build.mirror URL`.',
    details: lines,
  });
}
