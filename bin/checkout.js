// What a checkout has and what it is built from, read from files alone: this runs before every command.
const { existsSync, readFileSync } = require('node:fs');

const root = `${__dirname}/..`;
const bundle = `${root}/dist/ezj.cjs`;

/** Whether dist/ is there and made from the commit that is checked out. Changes that are not committed are for `npm run build`. */
function isBuilt() {
  return existsSync(bundle) && read(`${root}/dist/revision`) === revision();
}

/** The commit that is checked out; empty where that cannot be read from two files, as in a tarball or a second worktree. */
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
