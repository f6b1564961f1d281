import { writeFileIn } from '../project-files/write.ts';
import { EzjError } from '../protocol/errors.ts';

/**
 * Writes a file of a project completely or not at all, with the same mode and owner. Keeps a link to a file within the
 * project.
 * @throws `not-writable`, also if a link leads out of the project, if the file differs from `read`, or if it exists
 *   although `read` is undefined
 */
export async function writeInPlace(
  project: string,
  name: string,
  { read, content }: { read: Buffer | undefined; content: Buffer },
): Promise<void> {
  const refuse = (reason: string) =>
    new EzjError({
      code: 'not-writable',
      message: `${name} could not be written: ${reason}. Nothing was changed.`,
      hint: 'Run the command again. `ezj env save --dry-run` shows the lines to write yourself.',
    });
  await writeFileIn(project, name, { read, content, refuse });
}
