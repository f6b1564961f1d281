import { randomBytes } from 'node:crypto';
import type { IncompatiblePackages } from '../protocol/environment.ts';
import type { KindRequest } from '../protocol/session.ts';
import { NOTE_INTERPRETERS, readIncompatible } from './incompatible-packages.ts';
import type { Runtime, StartedSession } from './runtime.ts';
import { readWriteCheck, WRITE_CHECK } from './write-check.ts';

/**
 * Runs the first command of the user in a session: proves that the session can write to the project, and creates the
 * folders for packages. This is one command, because each one delays the start. Runs while the server starts. Returns
 * the packages that the session no longer sees.
 * @throws `not-writable`
 */
export async function runFirstCommand(
  runtime: Runtime,
  { id, identity, home, workdir, anyOwner }: StartedSession,
  { project, readOnly }: KindRequest,
): Promise<IncompatiblePackages[]> {
  const file = `${workdir}/.ezj-write-test-${randomBytes(8).toString('hex')}`;
  const script = readOnly ? NOTE_INTERPRETERS : `(${WRITE_CHECK}) || exit\n${NOTE_INTERPRETERS}`;
  const exitMark = `ezj-exit-${randomBytes(8).toString('hex')}`;
  const result = await runtime.run(id, {
    cmd: ['sh', '-c', `(${script}\n)\nprintf '%s %s' ${exitMark} $?`, 'sh', file],
    user: `${identity.uid}:${identity.gid}`,
    env: { HOME: home },
    exitMark,
  });
  if (!readOnly) readWriteCheck(result, { project, identity, anyOwner });
  return readIncompatible(result.output);
}
