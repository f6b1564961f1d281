import { EzjError } from '../protocol/errors.ts';
import type { Repository } from './repository.ts';

/** What git's last lines tell about the way out; the first that fits. */
const HINTS: [RegExp, string][] = [
  [
    /No space left on device|Disk quota exceeded/i,
    'Make room on the disk, or name a folder on another one: --into DIR',
  ],
  [/Host key verification failed/i, 'Type ssh to that host once and accept its key, then this command again'],
  [
    /Permission denied \(publickey|Could not read from remote repository/i,
    'Does it exist, and does the host have your ssh key? The address with https:// works without one where it is public',
  ],
  [
    /could not read (Username|Password)|Authentication failed|returned error: 40[13]|not found/i,
    'It is private, or does not exist. On a terminal git asks for user and password; a credential helper or USER:TOKEN@ in the address gives them',
  ],
  [
    /Could not resolve|Failed to connect|Connection (refused|timed out|reset)|unable to connect|SSL|certificate/i,
    'Check network, proxy and certificates: git uses its own settings and https_proxy',
  ],
  [
    /transport '[^']*' not allowed/i,
    'The address of a submodule is of a kind that ezj does not fetch: clone it by hand, then ezj DIR',
  ],
  [/smudge filter|git-lfs/i, 'Is Git LFS installed? git-lfs of your system, then git lfs install'],
];

/** The failure of a clone, in git's own last lines. */
export function cloneFailed({ url }: Repository, lines: string[]): EzjError {
  const text = lines.join('\n');
  return new EzjError({
    code: 'clone-failed',
    message: `git could not clone ${url}`,
    details: lines,
    hint: HINTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'Nothing is left behind: this command can be repeated',
  });
}

/** The repository has no branch, tag or commit of that name. */
export function refUnknown({ url }: Repository, ref: string): EzjError {
  return new EzjError({
    code: 'ref-unknown',
    message: `${url} has no branch, tag or commit ${ref}`,
    hint: `git ls-remote ${url} lists branches and tags`,
  });
}
