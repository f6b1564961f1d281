import type { Engine, Image } from '../engine/engine.ts';
import { environmentTag } from './build/build-environment.ts';
import type { ImportedImages } from './build/sources.ts';
import type { EnvironmentRecords } from './records.ts';
import { tagHash } from './tags.ts';

interface Known {
  tag: string;
  name: string;
  id: string;
}

/**
 * Finds imported images by the record of the import. An archive writes labels and names as it likes, so these decide
 * nothing: the record says which image is for which folder.
 */
export function importedFor(
  engine: Engine,
  { records, project }: { records: Pick<EnvironmentRecords, 'all'>; project: string },
): ImportedImages {
  /** The latest import first. */
  function known(): Known[] {
    return Object.entries(records.all())
      .flatMap(([tag, { imported = '', serves }]) =>
        serves?.project === project ? [{ ...serves, tag, imported }] : [],
      )
      .sort((a, b) => b.imported.localeCompare(a.imported));
  }

  async function find(matches: (image: Known) => boolean): Promise<Image | undefined> {
    for (const each of known().filter(matches)) {
      const image = await engine.inspectImage(each.tag);
      // Without the names that others may have given it: the image counts as what it contains.
      if (image?.id === each.id) return { ...image, tags: [each.tag] };
    }
    return undefined;
  }

  return {
    named: (reference) => find(({ name }) => name === reference),
    environment: async (environment, base) => {
      const alias = known().find(({ tag }) => base.tags.includes(tag))?.name;
      const tag = environmentTag(environment, alias === undefined ? base : { ...base, tags: [alias] });
      return find(({ name }) => tagHash(name) === tagHash(tag));
    },
  };
}
