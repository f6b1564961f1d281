import type { ExecResult } from '../engine/engine.ts';
import { EzjError } from '../protocol/errors.ts';
import type { Identity } from './identity.ts';

/**
 * A shell script that proves that the session can write to the file that its first argument names: it makes an empty one, tells whose it
 * is, and takes it away again. With `set -C` what exists is left alone: a project may hold a link that leads elsewhere.
 */
export const WRITE_CHECK = 'set -C; : > "$1" && trap \'rm -f "$1"\' EXIT && stat -c %u "$1"';

/**
 * Judges by what {@link WRITE_CHECK} has said whether the session can write to the project and the file belongs to the user.
 * @throws `not-writable`
 */
export function readWriteCheck(
  { exitCode, output }: ExecResult,
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
