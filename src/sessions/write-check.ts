import { EzjError } from '../protocol/errors.ts';
import type { CommandResult } from './command.ts';
import type { Identity } from './runtime.ts';

/**
 * A shell script that proves that the session can write to the file in its first argument. It creates an empty file,
 * prints the owner, and removes the file. `set -C` protects existing files, because a project can contain a link that
 * leads elsewhere.
 */
export const WRITE_CHECK = 'set -C; : > "$1" && trap \'rm -f "$1"\' EXIT && stat -c %u "$1"';

/**
 * Decides from the output of {@link WRITE_CHECK} whether the session can write to the project and whether its files
 * belong to the user.
 * @throws `not-writable`
 */
export function readWriteCheck(
  { exitCode, output }: CommandResult,
  { project, identity, anyOwner }: { project: string; identity: Identity; anyOwner: boolean },
): void {
  if (exitCode !== 0) {
    throw new EzjError({
      code: 'not-writable',
      message: `A notebook cannot write to ${project}: ${output.trim()}`,
      hint: 'Make the folder writable for you, or open it read-only with --ro.',
    });
  }
  const [owner = ''] = output.trim().split('\n');
  if (anyOwner || Number(owner) === identity.uid) return;
  throw new EzjError({
    code: 'not-writable',
    message: `Files that a notebook writes to ${project} would belong to uid ${owner}, not to you (uid ${identity.uid}).`,
    hint: 'The file system changes the owners of files: open it read-only with --ro, or use a folder on a local disk.',
  });
}
