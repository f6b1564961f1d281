import { lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { type GitConfig, parseGitConfig } from './git-config.ts';
import { LIMITS, readGitFile, unreadable } from './git-file.ts';

/** Where git keeps what it knows of a folder. Real paths. */
export interface GitFolder {
  /** The folder of HEAD. */
  own: string;
  /** The folder of branches, tags, objects and settings: another one for a worktree. */
  common: string;
  config: GitConfig;
}

/**
 * The git folder of a clone, a worktree or a submodule. `folder` is a real path. A `.git` that leads elsewhere counts
 * only if that place leads back, because a session could have written it. Undefined if there is no `.git`.
 * @throws `folder-taken` if `.git` is anything else
 */
export function findGitFolder(folder: string): GitFolder | undefined {
  const dotGit = path.join(folder, '.git');
  const stat = lstatSync(dotGit, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isSymbolicLink()) throw unreadable(dotGit, 'is a link');
  if (!stat.isDirectory()) return followGitFile(folder, dotGit);
  if (readGitFile(path.join(dotGit, 'commondir'), LIMITS.ref)) throw unreadable(dotGit, 'leads to another repository');
  return readGitFolder(dotGit);
}

/** A folder with HEAD, objects and refs, such as a bare repository. */
export function readGitFolder(own: string, common: string = own): GitFolder {
  const file = path.join(common, 'config');
  const config = parseGitConfig(readGitFile(file, LIMITS.config) ?? Buffer.alloc(0));
  if (config === undefined) throw unreadable(file, 'is not a configuration of git');
  return { own, common, config };
}

function followGitFile(folder: string, dotGit: string): GitFolder {
  const own = follow(dotGit, { prefix: 'gitdir: ', from: folder });
  const commonFile = path.join(own, 'commondir');
  if (!readGitFile(commonFile, LIMITS.ref)) {
    const submodule = readGitFolder(own);
    const back = submodule.config.get('core.worktree');
    if (back === undefined || path.resolve(own, back) !== folder) throw leadsAway(dotGit);
    return submodule;
  }
  const common = follow(commonFile, { prefix: '', from: own });
  const backFile = path.join(own, 'gitdir');
  const back = path.resolve(own, readPath(backFile, ''));
  if (back !== dotGit || path.dirname(own) !== path.join(common, 'worktrees')) throw leadsAway(dotGit);
  return readGitFolder(own, common);
}

function follow(file: string, { prefix, from }: { prefix: string; from: string }): string {
  const target = path.resolve(from, readPath(file, prefix));
  try {
    return realpathSync.native(target);
  } catch (cause) {
    // What a session wrote is not printed.
    throw unreadable(file, 'leads to a folder that is not there', cause);
  }
}

function readPath(file: string, prefix: string): string {
  const text = readGitFile(file, LIMITS.ref)?.toString('utf8') ?? '';
  const target = text.slice(prefix.length).replace(/[\r\n]+$/, '');
  if (text.startsWith(prefix) && target !== '' && !target.includes('\0')) return target;
  throw unreadable(file, 'names no folder');
}

function leadsAway(dotGit: string) {
  return unreadable(dotGit, 'leads to a folder that does not lead back');
}
