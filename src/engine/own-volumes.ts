import { EzjError } from '../protocol/errors.ts';
import { LABEL, ownedBy } from '../protocol/labels.ts';
import { shellQuote } from '../protocol/shell-word.ts';
import type { Engine, Mount } from './engine.ts';

/** The labels that say whose a volume is, and for what. */
const IDENTITY = [LABEL.owner, LABEL.key, LABEL.cache];

/**
 * Refuses a volume that somebody else created under a name of ezj: another user, or `docker volume create`. Call it when
 * the container that mounts the volumes exists, because nobody can replace them then.
 * @throws `volume-taken`
 */
export async function refuseForeignVolumes(engine: Engine, mounts: Mount[]): Promise<void> {
  const named = mounts.flatMap((mount) => (mount.type === 'volume' && mount.name !== undefined ? [mount] : []));
  const owner = named[0]?.labels[LABEL.owner];
  if (owner === undefined) return;
  const own = new Map((await engine.listVolumes([ownedBy(owner)])).map(({ name, labels }) => [name, labels]));
  for (const { name = '', labels } of named) {
    const found = own.get(name);
    if (found === undefined || IDENTITY.some((label) => found[label] !== labels[label])) throw taken(name);
  }
}

function taken(name: string): EzjError {
  return new EzjError({
    code: 'volume-taken',
    message: `The volume ${name} is not yours: ezj did not create it for this user and this purpose, so it is not used.`,
    hint: `Look at it (docker volume inspect ${shellQuote(name)}), and remove it: docker volume rm ${shellQuote(name)}`,
  });
}
