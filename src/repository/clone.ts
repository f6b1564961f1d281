import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { EzjError } from '../protocol/errors.ts';
import { cloneFailed, refUnknown } from './clone-failure.ts';
import { type GitCall, type GitResult, runGit } from './git.ts';
import { candidateRefs, mayBeCommit } from './ref.ts';
import type { Repository } from './repository.ts';

/** The options of a clone: the git call for the repository, and the one for its submodules, whose addresses are untrusted. */
export interface Cloning {
  repository: Repository;
  /** The target folder, which does not exist yet. */
  folder: string;
  call: GitCall;
  submoduleCall: GitCall;
}

/**
 * Clones a repository, with as little history as the server allows, into a folder beside the target, and
 * then renames it, so that a failure leaves no partial clone. Returns the branch, tag or commit that is
 * checked out; undefined if the address names none.
 * @throws `clone-failed`, `ref-unknown`, `folder-taken` if the target appears in the meantime, `cancelled`
 */
export async function cloneRepository(
  cloning: Cloning,
  check: (folder: string) => Promise<void>,
): Promise<string | undefined> {
  const { repository, folder, call } = cloning;
  const ref = await chooseRef(repository, call);
  const temporary = path.join(path.dirname(folder), `.${path.basename(folder)}.ezj-${process.pid}-${Date.now()}`);
  const remove = () => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  // Also works if a second Ctrl-C ends ezj at once.
  process.once('exit', remove);
  try {
    await cloneInto(temporary, ref, cloning);
    await check(temporary);
    giveName(temporary, folder);
    return ref?.name;
  } finally {
    remove();
    process.off('exit', remove);
  }
}

interface Ref {
  name: string;
  isCommit: boolean;
}

/** The first candidate that the repository has. A name that is not a branch or tag may be a commit. */
async function chooseRef(repository: Repository, call: GitCall): Promise<Ref | undefined> {
  const candidates = candidateRefs(repository);
  const shortest = candidates.at(-1);
  if (shortest === undefined) return undefined;
  call.report({ type: 'step', text: `Looking for ${candidates[0]} in ${repository.url}` });
  const patterns = candidates.flatMap((name) => [`refs/heads/${name}`, `refs/tags/${name}`]);
  const { stdout } = await succeed(repository, runGit(['ls-remote', '--', repository.url, ...patterns], call));
  const there = new Set(stdout.split('\n').map((line) => line.split('\t')[1]));
  const found = candidates.find((name) => there.has(`refs/heads/${name}`) || there.has(`refs/tags/${name}`));
  if (found !== undefined) return { name: found, isCommit: false };
  if (mayBeCommit(shortest)) return { name: shortest, isCommit: true };
  throw refUnknown(repository, shortest);
}

async function cloneInto(folder: string, ref: Ref | undefined, cloning: Cloning): Promise<void> {
  const { repository, call, submoduleCall } = cloning;
  call.report({
    type: 'step',
    text: `Cloning ${repository.url}${ref ? ` at ${ref.name}` : ''} into ${cloning.folder}`,
  });
  if (ref?.isCommit) await cloneCommit(folder, ref.name, cloning);
  else {
    const branch = ref ? ['--branch', ref.name] : [];
    // git ignores --depth for a path, but not for a URL.
    const options = ['--progress', '--depth', '1', '--no-local', ...branch];
    await succeed(repository, runGit(['clone', ...options, '--', repository.url, folder], call));
  }
  if (!existsSync(path.join(folder, '.gitmodules'))) return;
  call.report({ type: 'step', text: 'Fetching its submodules' });
  // A separate call, because a submodule may use fewer kinds of addresses than the user.
  const update = ['submodule', 'update', '--init', '--recursive', '--depth', '1', '--progress'];
  await succeed(repository, runGit(['-C', folder, ...update], submoduleCall));
}

/** Fetches the whole history if needed: a server may refuse a commit by its hash, and none accepts the beginning of one. */
async function cloneCommit(folder: string, commit: string, { repository, call }: Cloning): Promise<void> {
  const git = (...args: string[]) => runGit(['-C', folder, ...args], call);
  await succeed(repository, runGit(['init', '--quiet', '--', folder], call));
  await succeed(repository, git('remote', 'add', 'origin', repository.url));
  const whole = /^([\da-f]{40}|[\da-f]{64})$/i.test(commit);
  const shallow = whole && (await git('fetch', '--progress', '--depth', '1', 'origin', commit)).ok;
  if (!shallow) await succeed(repository, git('fetch', '--progress', '--tags', 'origin'));
  const named = await git('rev-parse', '--verify', '--quiet', `${commit}^{commit}`);
  if (!named.ok) throw refUnknown(repository, commit);
  await succeed(repository, git('checkout', '--quiet', '--detach', named.stdout.trim()));
}

function giveName(temporary: string, folder: string): void {
  try {
    renameSync(temporary, folder);
  } catch (cause) {
    if (!existsSync(folder)) throw cause;
    throw new EzjError({ code: 'folder-taken', message: `Another program created ${folder} in the meantime`, cause });
  }
}

async function succeed(repository: Repository, running: Promise<GitResult>): Promise<GitResult> {
  const result = await running;
  if (!result.ok) throw cloneFailed(repository, result.lines);
  return result;
}
