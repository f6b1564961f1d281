import path from 'node:path';
import Conf from 'conf';
import { EzjError } from '../protocol/errors.ts';

/** The number of trusted fingerprints to keep per project, the newest last. */
const KEPT = 20;

/** The permissions that the user has granted, by folder and fingerprint. */
export interface TrustStore {
  isTrusted(project: string, fingerprint: string): boolean;
  /** @throws `config-unwritable` */
  trust(project: string, fingerprint: string): void;
  /** Revokes all trust in a project. Returns whether there was any. Throws `config-unwritable`. */
  revoke(project: string): boolean;
  /** The folders that the user trusts. */
  list(): string[];
}

/** Opens `trust.json` in the user's configuration folder. Only the user can read it. */
export function openTrustStore({ dir }: { dir: string }): TrustStore {
  const open = () =>
    new Conf<Record<string, string[]>>({
      cwd: dir,
      configName: 'trust',
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      // A broken file counts as empty, so ezj asks for permissions again.
      clearInvalidConfig: true,
    });

  /** An unreadable file grants no trust. */
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
