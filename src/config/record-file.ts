import path from 'node:path';
import Conf from 'conf';

type Records = Record<string, unknown>;

/** A small JSON file of records by key in the daemon's state folder. Only its owner can read it. */
export interface RecordFile {
  /** All records; empty if the file cannot be read. */
  read(): Records;
  /** Changes records: undefined removes one. */
  write(changes: Records): void;
}

/**
 * Opens a file of records. Nothing depends on them: content that cannot be read counts as none, and `warn` gets write
 * errors, with what ezj does not remember then.
 */
export function openRecordFile(
  file: string,
  { about, warn }: { about: string; warn: (text: string) => void },
): RecordFile {
  // Opened at each use, because another daemon may have changed the file.
  const open = () =>
    new Conf<Records>({
      cwd: path.dirname(file),
      configName: path.basename(file, '.json'),
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      clearInvalidConfig: true,
    });
  return {
    read() {
      try {
        return open().store;
      } catch {
        return {};
      }
    },
    write(changes) {
      try {
        const kept = { ...open().store, ...changes };
        open().store = Object.fromEntries(Object.entries(kept).filter(([, record]) => record !== undefined));
      } catch (error) {
        warn(`${file} cannot be written: ${(error as Error).message}. ezj does not remember ${about}.`);
      }
    },
  };
}
