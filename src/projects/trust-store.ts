import path from 'node:path';
import Conf from 'conf';
import { EzjError } from '../protocol/errors.ts';

/** Contents of a project's files that are kept as trusted, the newest last. */
const KEPT = 20;

/** What of projects' files the user has agreed to, by folder and fingerprint of what they ask for. */
export interface TrustStore {
  isTrusted(project: string, fingerprint: string): boolean;
  /** @throws `config-unwritable` */
  trust(project: string, fingerprint: string): void;
  /** Takes back all of a project's; gives whether there were any. Throws `config-unwritable`. */
  revoke(project: string): boolean;
  /** The folders with trusted contents. */
  list(): string[];
}

/** Opens `trust.json` in the folder of the user's configuration, for the user alone. */
export function openTrustStore({ dir }: { dir: string }): TrustStore {
  const open = () =>
    new Conf<Record<string, string[]>>({
      cwd: dir,
      configName: 'trust',
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      // Broken by hand or by a full disk: what is not known to be trusted is asked for again.
      clearInvalidConfig: true,
    });

  /** What cannot be read is trusted in nothing. */
  function read(): Record<string, string[]> {
    try {
      return open().store;
    } catch {
      return {};
    }
  }

  function change<Result>(apply: (store: Conf<Record<string, string[]>>) => Result): Result {
    try {
      return apply(open());
    } catch (cause) {
      throw new EzjError({
        code: 'config-unwritable',
        message: `${path.join(dir, 'trust.json')} cannot be written: ${(cause as Error).message}`,
        hint: 'Make the folder writable for you, or add --yes to each start.',
        cause,
      });
    }
  }

  return {
    isTrusted: (project, fingerprint) => read()[project]?.includes(fingerprint) ?? false,
    trust: (project, fingerprint) =>
      change((store) => {
        const others = store.get(project, []).filter((each) => each !== fingerprint);
        store.set(project, [...others, fingerprint].slice(-KEPT));
      }),
    revoke: (project) =>
      change((store) => {
        const was = store.has(project);
        store.delete(project);
        return was;
      }),
    list: () => Object.keys(read()).sort(),
  };
}
