import type { CallContext } from '../concurrency/shared-work.ts';
import { CONFIG_KEYS } from '../config/keys.ts';
import type { Engine } from '../engine/engine.ts';
import { debianMirror } from '../host/debian-mirror.ts';
import type { EzjError } from '../protocol/errors.ts';
import type { HostNetwork } from '../protocol/session.ts';
import { MADE_HERE, makeDebian, SUITE } from './make-debian.ts';
import { unavailable } from './unavailable.ts';

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

/** Gives the error of a registry that does not give the image. */
async function pullDebian(engine: Engine, reference: string, call: CallContext): Promise<EzjError | undefined> {
  try {
    call.report({ type: 'step', text: `Pulling ${reference}, the base of ezj's own images` });
    await engine.pullImage(reference, call);
    return undefined;
  } catch (error) {
    return unavailable(error);
  }
}
