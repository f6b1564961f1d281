import type { CallContext } from '../concurrency/shared-work.ts';
import { CONFIG_KEYS } from '../config/keys.ts';
import type { Engine } from '../engine/engine.ts';
import { debianMirror } from '../host/debian-mirror.ts';
import type { EzjError } from '../protocol/errors.ts';
import type { HostNetwork } from '../protocol/session.ts';
import { MADE_HERE, makeDebian, SUITE } from './make-debian.ts';
import { unavailable } from './unavailable.ts';

/** The base image to find. */
export interface DebianRequest {
  reference: string;
  /** A Debian mirror; if empty, the mirror of the image. */
  mirror: string;
  host: HostNetwork;
  /** Ignores local images. */
  renew: boolean;
}

/**
 * Finds a Debian image to build on: a local image, or a pulled one. If no registry provides it, makes one with
 * mmdebstrap, which needs no root, and imports it. An image that was made here before replaces only the default image.
 * https://manpages.debian.org/trixie/mmdebstrap/mmdebstrap.1.en.html
 * @throws `build-failed`, `disk-full`, `cancelled`; the errors of a pull if mmdebstrap is missing too
 */
export async function ensureDebian(
  engine: Engine,
  { reference, mirror, host, renew }: DebianRequest,
  call: CallContext,
): Promise<string> {
  const { report } = call;
  const isDefault = reference === CONFIG_KEYS['build.debian'].default;
  const locals = isDefault ? [reference, MADE_HERE] : [reference];
  if (!renew) for (const local of locals) if (await engine.inspectImage(local)) return local;
  const refusal = await pullDebian(engine, reference, call);
  if (refusal === undefined) return reference;
  if (!renew && (await engine.inspectImage(MADE_HERE))) {
    report({ type: 'step', text: `${refusal.message}; building on ${MADE_HERE} instead` });
    return MADE_HERE;
  }
  const text = `${refusal.message}; making a Debian ${SUITE} image from Debian's packages with mmdebstrap`;
  report({ type: 'step', text });
  await makeDebian(engine, { mirror: mirror || (await debianMirror()), host, refusal, call });
  return MADE_HERE;
}

/** Returns the error of a registry that does not provide the image. */
async function pullDebian(engine: Engine, reference: string, call: CallContext): Promise<EzjError | undefined> {
  try {
    call.report({ type: 'step', text: `Pulling ${reference}, the base of ezj's own images` });
    await engine.pullImage(reference, call);
    return undefined;
  } catch (error) {
    return unavailable(error);
  }
}
