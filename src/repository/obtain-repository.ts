import { toEzjError } from '../protocol/errors.ts';
import type { Report } from '../protocol/events.ts';
import { cloneRepository } from './clone.ts';
import { examineClone, type Standing } from './existing-clone.ts';
import type { GitCall } from './git.ts';
import { gitEnvironment } from './git-environment.ts';
import { lacksLfs } from './lfs.ts';
import { pathBehind } from './ref.ts';
import type { Repository } from './repository.ts';
import { findPlace, type TargetPlace } from './target-place.ts';

/** The folder of a repository, and its state. */
export interface Obtained {
  folder: string;
  /** The state of an existing clone; undefined for a new one. */
  before: Standing | undefined;
  /** The path in it that the address names. */
  path: string | undefined;
  /** Whether pointers replace large files. */
  lacksLfs: boolean;
}

/**
 * The folder of a repository: a new clone, or an existing one, unchanged. The folder is a real path, and no link.
 * @throws `folder-taken`, `project-missing` if the parent folder does not exist, `clone-failed`, `ref-unknown`, `git-missing`, `cancelled`
 */
export async function obtainRepository(
  repository: Repository,
  input: { folder: string; env: NodeJS.ProcessEnv; prompt: boolean; report: Report; signal?: AbortSignal },
): Promise<Obtained> {
  const place = findPlace(input.folder);
  try {
    if (place.isTaken()) return asItIs(repository, place.folder);
    return await cloneAnew(repository, place, input).catch((error: unknown) => {
      // Another ezj may clone the same repository at the same time.
      if (toEzjError(error).code === 'folder-taken') return asItIs(repository, place.folder);
      throw error;
    });
  } finally {
    place.close();
  }
}

async function cloneAnew(
  repository: Repository,
  place: TargetPlace,
  { env, prompt, report, signal }: { env: NodeJS.ProcessEnv; prompt: boolean; report: Report; signal?: AbortSignal },
): Promise<Obtained> {
  const callWith = (submodules: boolean): GitCall => ({
    env: gitEnvironment(repository, { env, prompt, submodules }),
    secrets: secretsOf(repository),
    prompt,
    report,
    signal,
  });
  const call = callWith(false);
  let pointers = false;
  const check = async (clone: string) => {
    pointers = await lacksLfs(clone, { ...call, report: () => {} });
  };
  const ref = await cloneRepository({ repository, place, env, call, submoduleCall: callWith(true) }, check);
  return { folder: place.folder, before: undefined, path: pathBehind(ref, repository), lacksLfs: pointers };
}

function asItIs(repository: Repository, folder: string): Obtained {
  const before = examineClone(folder, repository);
  const ref = before.ref ?? repository.page?.words[0];
  return { folder, before, path: pathBehind(ref, repository), lacksLfs: false };
}

/** The secrets in each form that git can print. */
function secretsOf({ credentials }: Repository): string[] {
  const { user = '', password } = credentials ?? {};
  const secret = password ?? (user.length >= 8 ? user : '');
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return [secret, encodeURIComponent(secret), basic].filter((each) => each !== '');
}
