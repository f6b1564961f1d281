import type { Engine } from '../engine/engine.ts';
import type { PruneItem } from '../protocol/image.ts';
import { LABEL, ownedBy } from '../protocol/labels.ts';
import { listSessionContainers } from '../sessions/docker/own-containers.ts';
import type { HomeUses } from '../sessions/home-uses.ts';
import { isFolderGone } from './unused-environments.ts';

/** What the search needs. */
interface Homes {
  engine: Engine;
  owner: string;
  homeUses: HomeUses;
}

/**
 * Finds the home folders that no session uses. Folders of projects that are gone can be removed, and with `olderThanMs`
 * those that were not used for that time. The others stay, with the time of their last use. `going`: containers that
 * are removed first.
 */
export async function findUnusedHomes(
  { engine, owner, homeUses }: Homes,
  { going, olderThanMs }: { going: string[]; olderThanMs: number | undefined },
): Promise<(PruneItem & { names: string[] })[]> {
  const [volumes, containers] = await Promise.all([
    engine.listVolumes([ownedBy(owner), LABEL.home], { sizes: true }),
    listSessionContainers(engine, owner),
  ]);
  const staying = containers.filter(({ id }) => !going.includes(id));
  const used = new Set(staying.map(({ labels }) => labels[LABEL.key]));
  return Promise.all(
    volumes
      .filter(({ labels }) => !used.has(labels[LABEL.key]))
      .map(async ({ name, labels, bytes }) => {
        const { [LABEL.project]: project = '', [LABEL.kind]: kind = '', [LABEL.key]: key = '' } = labels;
        const lastUsed = homeUses.lastUsed(key);
        const gone = await isFolderGone(project);
        const old = olderThanMs !== undefined && isOlder(lastUsed, olderThanMs);
        const use = lastUsed === undefined ? 'last use unknown' : `last used ${lastUsed.slice(0, 10)}`;
        const home = `home folder of ${project}${gone ? ', which is gone,' : ''} for ${kind}`;
        const skipped = gone || old ? undefined : `${home}, ${use}`;
        const why = `${home} (packages, settings, history), ${use}`;
        return { type: 'volume' as const, names: [name], name, bytes, why, project, lastUsed, skipped };
      }),
  );
}

function isOlder(lastUsed: string | undefined, olderThanMs: number): boolean {
  return lastUsed !== undefined && Date.now() - Date.parse(lastUsed) >= olderThanMs;
}
