import { randomBytes } from 'node:crypto';
import type { Engine } from '../engine/engine.ts';
import { EzjError } from '../protocol/errors.ts';
import type { Identity } from './identity.ts';

// Makes an empty file, tells whose it is, and takes it away again. With `set -C` what exists is left alone: a project may
// hold a link that leads elsewhere.
const SCRIPT = 'set -C; : > "$1" && trap \'rm -f "$1"\' EXIT && stat -c %u "$1"';

/**
 * Proves that the session can write to the project and that the file belongs to the user.
 * @throws `not-writable`
 */
export async function proveWritable(
  engine: Engine,
  container: string,
  { workdir, project, identity, anyOwner }: { workdir: string; project: string; identity: Identity; anyOwner: boolean },
): Promise<void> {
  const file = `${workdir}/.ezj-write-test-${randomBytes(8).toString('hex')}`;
  const user = `${identity.uid}:${identity.gid}`;
  const { exitCode, output } = await engine.exec(container, { cmd: ['sh', '-c', SCRIPT, 'sh', file], user });
  if (exitCode !== 0) {
    throw new EzjError({
      code: 'not-writable',
      message: `A notebook in ${project} could not write there: ${output.trim()}`,
      hint: 'Make the folder writable for you, or open it read-only with --ro.',
    });
  }
  if (anyOwner || Number(output.trim()) === identity.uid) return;
  throw new EzjError({
    code: 'not-writable',
    message: `Files that a notebook writes to ${project} would belong to uid ${output.trim()}, not to you (uid ${identity.uid}).`,
    hint: 'The file system maps owners in its own way: open it read-only with --ro, or use a folder on a local disk.',
  });
}
