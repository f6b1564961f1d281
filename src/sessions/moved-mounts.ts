import { realpath } from 'node:fs/promises';
import { EzjError } from '../protocol/errors.ts';
import type { MountRequest } from '../protocol/session.ts';

/**
 * Refuses a start when a mount's source leads elsewhere than it did when it was asked for: what runs in a session can put a link
 * in the place of a folder of the project, and the engine would follow it.
 * @throws `mount-missing`
 */
export async function refuseMovedMounts(mounts: MountRequest[]): Promise<void> {
  for (const { source } of mounts) {
    const real = await realpath(source).catch(() => undefined);
    if (real === source) continue;
    throw new EzjError({
      code: 'mount-missing',
      message: real ? `${source} is now a link to ${real}.` : `${source} no longer exists.`,
      hint: 'Check what happened to it. To start a new session, run `ezj stop --discard`, then `ezj` with the mounts that you want.',
    });
  }
}
