import path from 'node:path';
import Conf from 'conf';
import * as z from 'zod';

/** A project that started from an environment's image. */
export interface Use {
  project: string;
  kind: string;
  /** Time of its last start, ISO 8601. */
  at: string;
}

/** The only folder that may use an image of an archive, and what the archive says of the image. */
export interface Serving {
  project: string;
  /** The name of the image in the archive. Here it has another one. */
  name: string;
  /** The ID of the image on this engine. */
  id: string;
}

/** The record of one image: the projects that used it, and when it was imported. */
export interface EnvironmentRecord {
  uses: Use[];
  /** Time of its pull or import. Its labels then come from another machine. */
  imported?: string;
  /** The folder that an image of an archive is for. */
  serves?: Serving;
}

/** Facts about environments that the engine does not record, by image name. */
export interface EnvironmentRecords {
  all(): Record<string, EnvironmentRecord>;
  used(tag: string, use: Omit<Use, 'at'>): void;
  imported(tag: string, serves?: Serving): void;
  forget(tags: string[]): void;
}

const recordSchema = z.object({
  uses: z.array(z.object({ project: z.string(), kind: z.string(), at: z.iso.datetime() })).default([]),
  imported: z.iso.datetime().optional(),
  serves: z.object({ project: z.string(), name: z.string(), id: z.string() }).optional(),
});

/**
 * Opens the records in a file of the daemon's state folder, for its owner only. Ignores records that it cannot read, and reports
 * to `warn` records that it cannot write, because no start depends on them.
 */
export function openEnvironmentRecords(
  file: string,
  { warn, now = () => new Date() }: { warn: (text: string) => void; now?: () => Date },
): EnvironmentRecords {
  const open = () =>
    new Conf<Record<string, unknown>>({
      cwd: path.dirname(file),
      configName: path.basename(file, '.json'),
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      clearInvalidConfig: true,
    });

  function all(): Record<string, EnvironmentRecord> {
    try {
      const entries = Object.entries(open().store).map(([tag, value]) => [tag, recordSchema.safeParse(value)] as const);
      return Object.fromEntries(entries.flatMap(([tag, { data }]) => (data ? [[tag, data]] : [])));
    } catch {
      return {};
    }
  }

  function change(edit: (record: EnvironmentRecord) => EnvironmentRecord | undefined, tags: string[]): void {
    try {
      const store = open();
      const known = all();
      for (const tag of tags) {
        const record = edit(known[tag] ?? { uses: [] });
        if (record) store.set(tag, record);
        else store.delete(tag);
      }
    } catch (error) {
      warn(
        `${file} cannot be written: ${(error as Error).message}. ezj does not remember when environments were used.`,
      );
    }
  }

  return {
    all,
    used: (tag, { project, kind }) =>
      change(
        (record) => {
          const others = record.uses.filter((use) => use.project !== project || use.kind !== kind);
          return { ...record, uses: [...others, { project, kind, at: now().toISOString() }] };
        },
        [tag],
      ),
    imported: (tag, serves) =>
      change((record) => ({ ...record, imported: now().toISOString(), ...(serves && { serves }) }), [tag]),
    forget: (tags) => change(() => undefined, tags),
  };
}
