import { EzjError } from '../protocol/errors.ts';
import { shellQuote } from '../protocol/shell-word.ts';
import type { Repository } from './repository.ts';

/** Hints for git's last lines. The first match counts. */
const HINTS: [RegExp, string][] = [
  [
    /No space left on device|Disk quota exceeded/i,
    'git clones in the state folder of ezj: free some space on its disk, or set EZJ_STATE_DIR to a folder on another disk',
  ],
  [
    /Host key verification failed/i,
    'Connect to that host with ssh once and accept its key, then run this command again',
  ],
  [
    /Permission denied \(publickey|Could not read from remote repository/i,
    'Check that the repository exists and that the host has your ssh key. If the repository is public, an https:// address works without a key',
  ],
  [
    /could not read (Username|Password)|Authentication failed|returned error: 40[13]|not found/i,
    'The repository is private or does not exist. In a terminal, git asks for user and password; elsewhere, use a credential helper or USER:TOKEN@ in the address',
  ],
  [
    /Could not resolve|Failed to connect|Connection (refused|timed out|reset)|unable to connect|SSL|certificate/i,
    'Check network, proxy and certificates: git uses its own settings and https_proxy',
  ],
  [
    /transport '[^']*' not allowed/i,
    'A submodule has a kind of address that ezj does not fetch: clone the repository yourself, then run ezj DIR',
  ],
  [/smudge filter|git-lfs/i, 'Install Git LFS: install git-lfs from your system, then run git lfs install'],
];

/** The error of a failed clone, with git's last lines. */
export function cloneFailed({ url }: Repository, lines: string[]): EzjError {
  const text = lines.join('\n');
  return new EzjError({
    code: 'clone-failed',
    message: `git could not clone ${url}`,
    details: lines,
    hint:
      HINTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'No partial clone remains: you can run this command again',
  });
}

/** The error for an unknown branch, tag or commit. */
export function refUnknown({ url }: Repository, ref: string): EzjError {
  return new EzjError({
    code: 'ref-unknown',
    message: `${url} has no branch, tag or commit ${ref}`,
    // Not in the current folder, whose settings a session may have written.
    hint: `git -C / ls-remote ${shellQuote(url)} lists branches and tags`,
  });
}
