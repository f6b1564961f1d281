import { lstatSync } from 'node:fs';
import path from 'node:path';
import { EzjError } from '../protocol/errors.ts';
import { unreadable } from './git-file.ts';
import { findGitFolder, type GitFolder } from './git-folder.ts';
import { candidateRefs, mayBeCommit } from './ref.ts';
import { isTagOf, readHead } from './refs.ts';
import type { Repository } from './repository.ts';

/** The state of an existing clone. */
export interface Standing {
  /** The beginning of the commit's hash; undefined if there is no commit yet. */
  commit: string | undefined;
  /** The branch that an update would move; undefined at a tag or a commit. */
  branch: string | undefined;
  /** The candidate name that matches the state of the folder. */
  ref: string | undefined;
  /** Whether the folder may be at a tag that was asked for, because its files don't say what the tag is of. */
  unsure: boolean;
  submodules: boolean;
}

/**
 * The state of a folder that is a clone of the repository, from its files alone. git does not run in it, because a
 * notebook may have written settings there that make git run commands. `folder` is a real path.
 * @throws `folder-taken` if the folder is anything else, or its files are not what git writes
 */
export function examineClone(folder: string, repository: Repository): Standing {
  const git = findGitFolder(folder);
  const origin = git?.config.get('remote.origin.url');
  if (git === undefined || origin === undefined || comparable(origin) !== comparable(repository.url)) {
    throw taken(folder, repository, origin);
  }
  refuseReftable(git);
  const { branch, commit } = readHead(git);
  const isAt = (name: string) =>
    name === branch || (mayBeCommit(name) && commit?.startsWith(name.toLowerCase())) || isTagOf(git, name, commit);
  const states = candidateRefs(repository).map((name) => ({ name, isAt: isAt(name) }));
  return {
    commit: commit?.slice(0, 9),
    branch,
    ref: states.find((state) => state.isAt)?.name,
    unsure: states.some((state) => state.isAt === undefined),
    submodules: lstatSync(path.join(folder, '.gitmodules'), { throwIfNoEntry: false }) !== undefined,
  };
}

/** Refuses a repository whose branches and tags are not files. Throws `folder-taken`. */
export function refuseReftable({ own, config }: GitFolder): void {
  if ((config.get('extensions.refstorage') ?? 'files') === 'files') return;
  throw unreadable(own, 'keeps branches and tags in a reftable, which ezj does not read');
}

/** Host and path only, because the same repository can have https and ssh addresses, with and without `.git`. */
function comparable(url: string): string {
  const scp = /^[\w.+-]+@([^/]+?):\/?(.*)$/.exec(url);
  const web = /^[a-z]+:\/\/(?:[^/@]*@)?([^/]*)\/(.*)$/.exec(url);
  const [, host = '', location = url] = scp ?? web ?? [];
  return `${host.toLowerCase()}/${location.replace(/\/+$/, '').replace(/\.git$/, '')}`;
}

function taken(folder: string, { url }: Repository, origin: string | undefined): EzjError {
  return new EzjError({
    code: 'folder-taken',
    message: `${folder} already exists and is ${origin === undefined ? 'not a clone' : 'a clone of another repository'}: ezj does not overwrite it`,
    details: [`asked for: ${url}`],
    hint: 'Add --into DIR for a folder of another name',
  });
}
