import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type GitCall, runGit } from './git.ts';

/** Whether a clone has pointers instead of files, because it uses Git LFS and this machine lacks it. */
export async function lacksLfs(folder: string, call: GitCall): Promise<boolean> {
  if (!(await wantsLfs(folder, call))) return false;
  const filter = await runGit(['config', '--get-regexp', '^filter\\.lfs\\.(process|smudge)$'], call);
  return !filter.ok || !(await runGit(['lfs', 'version'], call)).ok;
}

async function wantsLfs(folder: string, call: GitCall): Promise<boolean> {
  const patterns = ['.gitattributes', '**/.gitattributes'];
  const { stdout } = await runGit(['ls-files', '-z', '--', ...patterns], call, { inside: folder });
  const files = stdout.split('\0').filter(Boolean);
  return files.some((file) => /^[^#].*\sfilter=lfs(\s|$)/m.test(readOwn(path.join(folder, file))));
}

/** Does not follow a link, which may lead anywhere. git does not follow one here either. */
function readOwn(file: string): string {
  return lstatSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, 'utf8') : '';
}
