// The state of a checkout and of its build, from files only, because this runs before every command.
const { existsSync, readFileSync } = require('node:fs');

const root = `${__dirname}/..`;
const bundle = `${root}/dist/ezj.cjs`;

/** Whether dist/ exists and matches the commit that is checked out. For uncommitted changes, run `npm run build`. */
function isBuilt() {
  return existsSync(bundle) && read(`${root}/dist/revision`) === revision();
}

/** The commit that is checked out; empty if two files do not show it, as in a tarball or a second worktree. */
function revision() {
  const head = read(`${root}/.git/HEAD`);
  return head.startsWith('ref: ') ? read(`${root}/.git/${head.slice(5)}`) : head;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

module.exports = { bundle, isBuilt, revision };
