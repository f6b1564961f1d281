import * as z from 'zod';
import { openRecordFile } from '../config/record-file.ts';

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

/** Opens the records in a file. Ignores records that it cannot read, because no start depends on them. */
export function openEnvironmentRecords(
  file: string,
  { warn, now = () => new Date() }: { warn: (text: string) => void; now?: () => Date },
): EnvironmentRecords {
  const records = openRecordFile(file, { about: 'when environments were used', warn });

  function all(): Record<string, EnvironmentRecord> {
    const parsed = Object.entries(records.read()).map(([tag, value]) => [tag, recordSchema.safeParse(value)] as const);
    return Object.fromEntries(parsed.flatMap(([tag, { data }]) => (data ? [[tag, data]] : [])));
  }

  function change(tag: string, edit: (record: EnvironmentRecord) => EnvironmentRecord): void {
    records.write({ [tag]: edit(all()[tag] ?? { uses: [] }) });
  }

  return {
    all,
    used: (tag, { project, kind }) =>
      change(tag, (record) => {
        const others = record.uses.filter((use) => use.project !== project || use.kind !== kind);
        return { ...record, uses: [...others, { project, kind, at: now().toISOString() }] };
      }),
    imported: (tag, serves) =>
      change(tag, (record) => ({ ...record, imported: now().toISOString(), ...(serves && { serves }) })),
    forget: (tags) => records.write(Object.fromEntries(tags.map((tag) => [tag, undefined]))),
  };
}
