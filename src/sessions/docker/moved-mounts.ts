import { realpath } from 'node:fs/promises';
import { EzjError } from '../../protocol/errors.ts';
import type { MountRequest } from '../../protocol/session.ts';

/**
 * Refuses a start if the source of a mount has moved since the request. A program in a session can replace a folder of
 * the project with a link, which the engine would follow.
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
