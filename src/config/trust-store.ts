import Conf from 'conf';
import type { ProjectFile } from './project-file.ts';

/** Contents of a project's file that are kept as trusted, the newest last. */
const KEPT = 20;

/** Which contents of which project files the user has agreed to. */
export interface TrustStore {
  isTrusted(project: string, file: ProjectFile): boolean;
  trust(project: string, hash: string): void;
  /** Takes back all of a project's; gives whether there were any. */
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
  return {
    isTrusted: (project, { hash }) => open().get(project, []).includes(hash),
    trust(project, hash) {
      const store = open();
      const others = store.get(project, []).filter((each) => each !== hash);
      store.set(project, [...others, hash].slice(-KEPT));
    },
    revoke(project) {
      const store = open();
      const was = store.has(project);
      store.delete(project);
      return was;
    },
    list: () => Object.keys(open().store).sort(),
  };
}
