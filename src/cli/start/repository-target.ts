import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { EzjError } from '../../protocol/errors.ts';
import { shellQuote } from '../../protocol/shell-word.ts';
import { parseRepository } from '../../repository/address.ts';
import { type Obtained, obtainRepository } from '../../repository/obtain-repository.ts';
import type { Target } from '../target.ts';
import { canAsk } from '../terminal/ask.ts';
import { cancellable } from '../terminal/cancel.ts';
import type { Output } from '../terminal/output.ts';
import { findRepository } from './find-repository.ts';
import { showGit } from './git-progress.ts';

/** Why git outside of a session is a risk, for each hint that names it. */
const IN_SESSION =
  'a session can change .git, and git on your machine then runs commands that stand there. In a session, git is no risk: ezj shell';

/**
 * The folder of the repository that an argument names, cloned where it is not there yet, and the notebook in it that the address
 * of a page names: from here on it is a folder like any other that a stranger made. Undefined where the argument names none.
 * @throws `usage`, and what {@link obtainRepository} throws
 */
export async function repositoryTarget(
  argument: string,
  input: { into: string | undefined; cwd: string; output: Output; env: NodeJS.ProcessEnv },
): Promise<Target | undefined> {
  const { into, cwd, output, env } = input;
  const source = findRepository(argument, cwd);
  if (!source) {
    if (into === undefined) return undefined;
    throw new EzjError({ code: 'usage', message: `--into goes with a repository, which ${argument} is not` });
  }
  const repository = parseRepository(source);
  if (repository.credentials) forgetCredentials(argument, repository.url);
  const folder = path.resolve(cwd, into ?? repository.name);
  const progress = showGit(output);
  const prompt = canAsk() && !output.json;
  const obtained = await cancellable((signal) =>
    obtainRepository(repository, { folder, env, prompt, report: progress.report, signal }),
  ).finally(progress.stop);
  if (obtained.before) describeStanding(obtained, repository, output);
  if (obtained.lacksLfs) {
    output.warn(
      `${obtained.folder} keeps large files in Git LFS, which is not installed here: it has pointers in their place. Install git-lfs, then git lfs install && git -C ${shellQuote(obtained.folder)} lfs pull. Do that before its notebooks run: ${IN_SESSION}`,
    );
  }
  return targetIn(obtained, output);
}

/** Takes user and password out of this process's own arguments, which everybody on the machine can read, and which a second run gets. */
function forgetCredentials(argument: string, url: string): void {
  process.argv = process.argv.map((word) => (word === argument ? url : word));
  process.title = 'ezj';
}

function describeStanding(
  { folder, before }: Obtained,
  { ref, page }: { ref?: string; page?: { words: string[] } },
  output: Output,
): void {
  if (!before) return;
  const { branch, commit, submodules, unsure } = before;
  const asked = ref ?? page?.words[0];
  const git = `git -C ${shellQuote(folder)}`;
  const at = `${before.ref ?? branch ?? 'commit'} (${commit ?? 'no commit yet'})`;
  const standing = `${folder} is there already, at ${at}, and stays as it is`;
  if (output.json) output.event({ type: 'step', text: standing });
  output.note(standing);
  if (asked !== undefined && before.ref === undefined) {
    output.note(`If you don't trust its notebooks, run no git in it: ${IN_SESSION}`);
    output.warn(
      `${unsure ? 'its files do not say whether it is' : 'it is not'} at ${asked}. To have that: --into another folder, or ${git} fetch --depth 1 origin ${shellQuote(asked)} && ${git} checkout FETCH_HEAD`,
    );
  } else if (branch !== undefined) {
    output.note(`If you don't trust its notebooks, run no git in it: ${IN_SESSION}`);
    output.note(`To update it: ${git} pull --ff-only${submodules ? ' --recurse-submodules' : ''}`);
  }
}

/** The notebook that was named; any other path is said, and the whole folder opened. */
function targetIn({ folder: project, path: named }: Obtained, output: Output): Target {
  if (named === undefined) return { project };
  if (!named.toLowerCase().endsWith('.ipynb')) {
    output.note(`${named} is not a notebook: ezj opens the whole folder`);
    return { project };
  }
  const file = path.join(project, named);
  if (!existsSync(file) || !realpathSync(file).startsWith(project + path.sep)) {
    throw new EzjError({
      code: 'project-missing',
      message: `There is no notebook ${named} in ${project}`,
      hint: `ezj ${shellQuote(project)} opens the folder`,
    });
  }
  return { project, notebook: named };
}
