import { lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import type { Report } from '../protocol/events.ts';
import { cloneRepository } from './clone.ts';
import { examineClone, type Standing } from './existing-clone.ts';
import type { GitCall } from './git.ts';
import { gitEnvironment } from './git-environment.ts';
import { lacksLfs } from './lfs.ts';
import { pathBehind } from './ref.ts';
import type { Repository } from './repository.ts';

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
 * The folder of a repository: a new clone, or an existing one, unchanged.
 * @throws `folder-taken`, `project-missing` if the parent folder does not exist, `clone-failed`, `ref-unknown`, `git-missing`, `cancelled`
 */
export async function obtainRepository(
  repository: Repository,
  input: { folder: string; env: NodeJS.ProcessEnv; prompt: boolean; report: Report; signal?: AbortSignal },
): Promise<Obtained> {
  const { folder, env, prompt, report, signal } = input;
  const callWith = (submodules: boolean): GitCall => ({
    env: gitEnvironment(repository, { env, prompt, submodules }),
    secrets: secretsOf(repository),
    prompt,
    report,
    signal,
  });
  const call = callWith(false);
  if (isThere(folder)) return asItIs(repository, folder, call);
  refuseMissingParent(folder);
  let pointers = false;
  const check = async (clone: string) => {
    pointers = await lacksLfs(clone, { ...call, report: () => {} });
  };
  try {
    const ref = await cloneRepository({ repository, folder, call, submoduleCall: callWith(true) }, check);
    return { folder, before: undefined, path: pathBehind(ref, repository), lacksLfs: pointers };
  } catch (error) {
    // Another ezj may clone the same repository at the same time.
    if (toEzjError(error).code === 'folder-taken') return asItIs(repository, folder, call);
    throw error;
  }
}

async function asItIs(repository: Repository, folder: string, call: GitCall): Promise<Obtained> {
  const before = await examineClone(folder, repository, { ...call, report: () => {} });
  const ref = before.ref ?? repository.page?.words[0];
  return { folder, before, path: pathBehind(ref, repository), lacksLfs: false };
}

function isThere(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
}

function refuseMissingParent(folder: string): void {
  const parent = path.dirname(folder);
  if (statSync(parent, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new EzjError({ code: 'project-missing', message: `There is no folder ${parent} to clone into` });
}

/** The secrets in each form that git can print. */
function secretsOf({ credentials }: Repository): string[] {
  const { user = '', password } = credentials ?? {};
  const secret = password ?? (user.length >= 8 ? user : '');
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return [secret, encodeURIComponent(secret), basic].filter((each) => each !== '');
}
