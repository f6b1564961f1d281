// Which tests a change touches: `npm test -- --changed [BASE]`.
import { execFileSync } from 'node:child_process';

/** Whatever has changed, one life of a session is run. */
const SMOKE = ['test/cli/life-cycle.test.ts'];

/** Which files of test/ are about what: the first part of a source's path that stands here counts. */
export const TOUCHED = [
  ['src/engine/', ['test/engine/engine/', 'test/cli/engine-cut', 'test/cli/registries']],
  ['src/environments/dockerfile/', ['test/cli/project-dockerfile']],
  ['src/environments/devcontainer/', ['test/cli/devcontainer']],
  ['src/environments/r/', ['test/cli/environments-r']],
  ['src/environments/', ['test/cli/environment-faults', 'test/cli/environments-hooks']],
  ['src/installed/', ['test/cli/installed.test']],
  ['src/sharing/', ['test/cli/sharing']],
  ['src/cleanup/', ['test/cli/prune', 'test/cli/environments-prune']],
  ['src/projects/', ['test/cli/kinds']],
  ['src/project-files/', ['test/attacks/project-files']],
  ['src/parsing/', ['test/attacks/project-files']],
  ['src/notebooks/rstudio', ['test/cli/rstudio']],
  ['src/notebooks/rocker', ['test/cli/rstudio']],
  ['src/notebooks/', ['test/cli/other-images', 'test/attacks/answers']],
  ['src/repository/', ['test/cli/repository', 'test/attacks/git']],
  ['src/sessions/', ['test/cli/settings', 'test/cli/ports', 'test/cli/failing-starts']],
  ['src/client/', ['test/daemon/socket', 'test/daemon/versions']],
  ['src/daemon/', ['test/daemon/socket', 'test/daemon/no-engine']],
  ['src/setup/', ['test/cli/setup-question']],
  ['src/cli/terminal/', ['test/cli/attached']],
  ['src/cli/', ['test/cli/commands', 'test/cli/options', 'test/cli/completion', 'test/cli/documented-examples']],
  ['docs/', ['test/cli/documented-examples']],
  ['README.md', ['test/cli/documented-examples']],
  ['test/images/stand-in-notebook/', ['test/engine/stand-in-notebook']],
  ['test/images/stand-in-rstudio/', ['test/engine/stand-in-rstudio']],
];

/** The commit that a change is compared with: where the branch has left its origin, or the last commit. */
export function baseOfChange(root) {
  try {
    return git(root, ['merge-base', 'HEAD', '@{upstream}']);
  } catch {
    return 'HEAD';
  }
}

/** Paths of the files that differ from a commit, new ones too. */
export function changedFiles(root, base) {
  const lists = [
    git(root, ['diff', '--name-only', '--diff-filter=d', base, '--']),
    git(root, ['ls-files', '--others', '--exclude-standard']),
  ];
  return lists.flatMap((list) => list.split('\n')).filter(Boolean);
}

/** Filters for vitest: the test files on the engine that these changes touch. */
export function touchedTests(files) {
  const own = files.filter((file) => /^test\/(daemon|engine|cli|attacks|browser|package)\/.*\.test\.ts$/.test(file));
  const mapped = files.flatMap((file) => TOUCHED.find(([start]) => file.startsWith(start))?.[1] ?? []);
  return [...new Set([...SMOKE, ...own, ...mapped])];
}

function git(root, args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
