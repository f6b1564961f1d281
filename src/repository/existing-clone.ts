import { existsSync } from 'node:fs';
import path from 'node:path';
import { EzjError } from '../protocol/errors.ts';
import { type GitCall, runGit } from './git.ts';
import { candidateRefs, mayBeCommit } from './ref.ts';
import type { Repository } from './repository.ts';

/** The state of an existing clone. */
export interface Standing {
  /** The beginning of the commit's hash. */
  commit: string;
  /** The branch that an update would move; undefined at a tag or a commit. */
  branch: string | undefined;
  /** The candidate name that matches the state of the folder. */
  ref: string | undefined;
  submodules: boolean;
}

/**
 * The state of a folder that is a clone of the repository. Fetches nothing, and calls git only in ways that do not run
 * commands from the folder's configuration, because a notebook may have written it.
 * @throws `folder-taken` if the folder is anything else
 */
export async function examineClone(folder: string, repository: Repository, call: GitCall): Promise<Standing> {
  const ask = async (...args: string[]) => {
    const { ok, stdout } = await runGit(['--git-dir', path.join(folder, '.git'), ...args], call);
    return ok ? stdout.trim() : undefined;
  };
  const origin = await ask('config', '--get', 'remote.origin.url');
  if (origin === undefined || comparable(origin) !== comparable(repository.url))
    throw taken(folder, repository, origin);
  const commit = (await ask('rev-parse', '--verify', '--quiet', 'HEAD')) ?? '';
  const branch = await ask('symbolic-ref', '--quiet', '--short', 'HEAD');
  const standsAt = async (name: string) =>
    name === branch ||
    (mayBeCommit(name) && commit.startsWith(name.toLowerCase())) ||
    (await ask('rev-parse', '--verify', '--quiet', `refs/tags/${name}^{commit}`)) === commit;
  let ref: string | undefined;
  for (const name of candidateRefs(repository)) if (ref === undefined && (await standsAt(name))) ref = name;
  return { commit: commit.slice(0, 9), branch, ref, submodules: existsSync(path.join(folder, '.gitmodules')) };
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
