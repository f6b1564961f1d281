import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

/** A user without any settings. */
const ENV = {
  PATH: process.env.PATH,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.org',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.org',
};

/** Runs git and gives what it printed. */
export function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, '-c', 'protocol.file.allow=always', ...args], {
    env: ENV,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** Runs a command line of git that may talk to a server of this very process. */
export async function runCommand(command: string): Promise<void> {
  await promisify(execFile)('sh', ['-c', command], { env: ENV });
}

/** A bare repository, and how to add to it. */
export interface BareRepository {
  /** Its folder. */
  bare: string;
  /** Commits files to a branch, which begins where `main` is, and gives the commit. */
  commit: (files: Record<string, string>, branch?: string) => string;
  /** Runs git in the working folder that commits are made in. */
  git: (...args: string[]) => string;
}

/** Makes a bare repository in `folder/name` with a first commit on `main`. */
export function createRepository(folder: string, name: string, files: Record<string, string>): BareRepository {
  const bare = path.join(folder, name);
  const work = path.join(folder, '.work', name);
  mkdirSync(path.dirname(bare), { recursive: true });
  git('/', 'init', '--quiet', '--bare', '--initial-branch=main', bare);
  git('/', 'init', '--quiet', '--initial-branch=main', work);
  git(work, 'remote', 'add', 'origin', bare);
  const commit: BareRepository['commit'] = (added, branch = 'main') => {
    if (git(work, 'branch', '--show-current') !== branch) {
      const exists = git(work, 'branch', '--list', branch) !== '';
      git(work, 'checkout', '--quiet', ...(exists ? [branch] : ['-b', branch, 'main']));
    }
    for (const [file, text] of Object.entries(added)) {
      mkdirSync(path.dirname(path.join(work, file)), { recursive: true });
      rmSync(path.join(work, file), { force: true });
      writeFileSync(path.join(work, file), text);
    }
    git(work, 'add', '--all');
    git(work, 'commit', '--quiet', '--message', `add ${Object.keys(added).join(', ')}`);
    git(work, 'push', '--quiet', 'origin', branch);
    return git(work, 'rev-parse', 'HEAD');
  };
  commit(files);
  return { bare, commit, git: (...args) => git(work, ...args) };
}
