import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { EzjError } from '../protocol/errors.ts';
import type { Session } from '../protocol/session.ts';
import { currentFolder } from './context.ts';

/**
 * The sessions that a NAME means: the one of that name, or those of that folder; without NAME, those of this folder.
 * @throws `session-not-found`, with the names that there are
 */
export function findSessions(sessions: Session[], name: string | undefined): Session[] {
  const named = sessions.filter((session) => session.name === name);
  if (named.length > 0) return named;
  const folder = folderOf(name ?? '.');
  const found = sessions.filter(({ project }) => project === folder);
  if (found.length > 0) return found;
  throw new EzjError({
    code: 'session-not-found',
    message: name === undefined ? `This folder has no session: ${folder}` : `There is no session ${name}`,
    // A word that is no folder lies in none.
    hint: describeOthers(sessions, name === undefined || existsSync(folder) ? folder : undefined),
  });
}

/** The sessions that may have been meant: those of a folder above, or all. */
function describeOthers(sessions: Session[], folder = ''): string {
  if (sessions.length === 0) return 'ezj starts one';
  const above = sessions.filter(({ project }) => folder.startsWith(path.join(project, path.sep)));
  const nearest = Math.max(...above.map(({ project }) => project.length));
  const [first, ...others] = above.filter(({ project }) => project.length === nearest);
  if (first) {
    const names = [first, ...others].map(({ name }) => name).join(' and ');
    return `The folder above, ${first.project}, has ${names}: add the name`;
  }
  return `There ${sessions.length === 1 ? 'is' : 'are'} ${sessions.map((session) => session.name).join(', ')}`;
}

/**
 * The one session that a NAME means; of several in a folder, the one that is not stopped.
 * @throws `session-not-found`; `usage` where several are meant, with their names
 */
export function pickSession(sessions: Session[], name: string | undefined): Session {
  const found = findSessions(sessions, name);
  const going = found.filter(({ state }) => state !== 'stopped');
  const candidates = going.length > 0 ? going : found;
  if (candidates.length === 1 && candidates[0]) return candidates[0];
  throw new EzjError({
    code: 'usage',
    message: `Which one? This folder has ${candidates.map((session) => session.name).join(' and ')}`,
    hint: 'Add the name',
  });
}

/** The one session that a NAME means, where it runs. Throws `session-not-found` where it is stopped. */
export function pickRunning(sessions: Session[], name: string | undefined): Session {
  const session = pickSession(sessions, name);
  if (session.state !== 'stopped') return session;
  throw new EzjError({
    code: 'session-not-found',
    message: `The session ${session.name} is stopped`,
    hint: `ezj restart ${session.name}`,
  });
}

/** The real path of a folder, seen from the one that ezj was typed in; the path as it is where there is no such folder. */
export function folderOf(name: string): string {
  const folder = path.resolve(currentFolder(), name);
  try {
    return realpathSync(folder);
  } catch {
    // The folder of a session may be gone while the session is not.
    return folder;
  }
}
