import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { cloneFailed, refUnknown } from './clone-failure.ts';
import { type GitCall, type GitResult, runGit } from './git.ts';
import { copyRepository } from './local-copy.ts';
import { makePrivateFolder } from './private-folder.ts';
import { candidateRefs, mayBeCommit } from './ref.ts';
import type { Repository } from './repository.ts';
import type { TargetPlace } from './target-place.ts';

/** The options of a clone: the git call for the repository, and the one for its submodules, whose addresses are untrusted. */
export interface Cloning {
  repository: Repository;
  /** The folder that the user gets. */
  place: TargetPlace;
  env: NodeJS.ProcessEnv;
  call: GitCall;
  submoduleCall: GitCall;
}

/**
 * Clones a repository, with as little history as the server allows. git works in a private folder, because a session
 * that can write to a folder above the target could change settings and files while git uses them. The finished clone
 * moves to its place, so that a failure leaves no partial clone. Returns the branch, tag or commit that is checked out;
 * undefined if the address names none.
 * @throws `clone-failed`, `ref-unknown`, `folder-taken` if the target appears in the meantime, `disk-full`, `cancelled`
 */
export async function cloneRepository(
  cloning: Cloning,
  check: (folder: string) => Promise<void>,
): Promise<string | undefined> {
  const { repository, place, env, call } = cloning;
  const own = makePrivateFolder(env);
  try {
    const source = await readableSource(repository, path.join(own.folder, 'source.git'), call.signal);
    const ref = await chooseRef(repository, source, call);
    const clone = path.join(own.folder, 'clone');
    await cloneInto(clone, { ...cloning, source, ref });
    await check(clone);
    await place.take(clone, call.signal);
    return ref?.name;
  } finally {
    own.remove();
  }
}

/** The address for git: a repository of this machine is copied, because a session may be able to write to it. */
async function readableSource({ url, protocol }: Repository, copy: string, signal?: AbortSignal): Promise<string> {
  if (protocol !== 'file') return url;
  await copyRepository(url, copy, signal);
  return copy;
}

interface Ref {
  name: string;
  isCommit: boolean;
}

/** The first candidate that the repository has. A name that is not a branch or tag may be a commit. */
async function chooseRef(repository: Repository, source: string, call: GitCall): Promise<Ref | undefined> {
  const candidates = candidateRefs(repository);
  const shortest = candidates.at(-1);
  if (shortest === undefined) return undefined;
  call.report({ type: 'step', text: `Looking for ${candidates[0]} in ${repository.url}` });
  const patterns = candidates.flatMap((name) => [`refs/heads/${name}`, `refs/tags/${name}`]);
  const { stdout } = await succeed(repository, runGit(['ls-remote', '--', source, ...patterns], call));
  const there = new Set(stdout.split('\n').map((line) => line.split('\t')[1]));
  const found = candidates.find((name) => there.has(`refs/heads/${name}`) || there.has(`refs/tags/${name}`));
  if (found !== undefined) return { name: found, isCommit: false };
  if (mayBeCommit(shortest)) return { name: shortest, isCommit: true };
  throw refUnknown(repository, shortest);
}

interface Source extends Cloning {
  /** What git clones: the address, or the copy of a local repository. */
  source: string;
  ref: Ref | undefined;
}

async function cloneInto(folder: string, cloning: Source): Promise<void> {
  const { repository, source, ref, call, submoduleCall } = cloning;
  call.report({
    type: 'step',
    text: `Cloning ${repository.url}${ref ? ` at ${ref.name}` : ''} into ${cloning.place.folder}`,
  });
  if (ref?.isCommit) await cloneCommit(folder, ref.name, cloning);
  else {
    const branch = ref ? ['--branch', ref.name] : [];
    // git ignores --depth for a path, but not for a URL.
    const options = [
      '--progress',
      '--depth',
      '1',
      '--no-local',
      '--no-recurse-submodules',
      '--origin',
      'origin',
      ...branch,
    ];
    await succeed(repository, runGit(['clone', ...options, '--', source, folder], call));
  }
  if (source !== repository.url) {
    await succeed(repository, runGit(['remote', 'set-url', 'origin', repository.url], call, { inside: folder }));
  }
  if (!existsSync(path.join(folder, '.gitmodules'))) return;
  call.report({ type: 'step', text: 'Fetching its submodules' });
  // A separate call, because a submodule may use fewer kinds of addresses than the user.
  const update = ['submodule', 'update', '--init', '--recursive', '--depth', '1', '--progress'];
  await succeed(repository, runGit(update, submoduleCall, { inside: folder }));
}

/** Fetches the whole history if needed: a server may refuse a commit by its hash, and none accepts the beginning of one. */
async function cloneCommit(folder: string, commit: string, { repository, source, call }: Source): Promise<void> {
  const git = (...args: string[]) => runGit(args, call, { inside: folder });
  mkdirSync(folder);
  await succeed(repository, git('init', '--quiet'));
  await succeed(repository, git('remote', 'add', 'origin', source));
  const whole = /^([\da-f]{40}|[\da-f]{64})$/i.test(commit);
  const shallow = whole && (await git('fetch', '--progress', '--depth', '1', 'origin', commit)).ok;
  if (!shallow) await succeed(repository, git('fetch', '--progress', '--tags', 'origin'));
  const named = await git('rev-parse', '--verify', '--quiet', `${commit}^{commit}`);
  if (!named.ok) throw refUnknown(repository, commit);
  await succeed(repository, git('checkout', '--quiet', '--detach', named.stdout.trim()));
}

async function succeed(repository: Repository, running: Promise<GitResult>): Promise<GitResult> {
  const result = await running;
  if (!result.ok) throw cloneFailed(repository, result.lines);
  return result;
}
