import path from 'node:path';
import { LIMITS, readGitFile, unreadable } from './git-file.ts';
import type { GitFolder } from './git-folder.ts';
import { parsePackedRefs } from './packed-refs.ts';
import { isRefName } from './ref.ts';
import { readTag } from './tag-object.ts';

/** As many symbolic refs as git follows, and as many tags of tags. */
const MOST_STEPS = 5;

/** What HEAD says. */
export interface Head {
  /** The branch; undefined at a tag or a commit. */
  branch: string | undefined;
  /** Undefined if the branch has no commit yet. */
  commit: string | undefined;
}

/** Reads HEAD. Throws `folder-taken` if it is not what git writes. */
export function readHead(git: GitFolder): Head {
  const file = path.join(git.own, 'HEAD');
  const value = parseRef(readGitFile(file, LIMITS.ref), file);
  if (value === undefined) throw unreadable(file, 'is not there');
  if ('hash' in value) return { branch: undefined, commit: value.hash };
  const branch = /^refs\/heads\/(.+)$/.exec(value.name)?.[1];
  return { branch, commit: readRef(git, value.name)?.hash };
}

/** Whether a tag is of a commit. Undefined if its files don't say, because the tag's object is in a pack. */
export function isTagOf(git: GitFolder, tag: string, commit: string | undefined): boolean | undefined {
  const ref = readRef(git, `refs/tags/${tag}`);
  if (ref === undefined || commit === undefined) return false;
  if (ref.hash === commit || ref.peeled !== undefined) return (ref.peeled ?? ref.hash) === commit;
  let object: string | undefined = ref.hash;
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const found = readTag(git.common, object);
    if (found === undefined || found === 'no tag') return found && false;
    if (found.target === commit) return true;
    object = found.target;
  }
  return undefined;
}

interface Ref {
  hash: string;
  /** The commit behind a tag, if packed-refs holds it. */
  peeled?: string;
}

function readRef(git: GitFolder, name: string, steps = 0): Ref | undefined {
  const file = path.join(git.common, ...name.split('/'));
  const value = parseRef(readGitFile(file, LIMITS.ref), file);
  if (value === undefined) {
    const packed = path.join(git.common, 'packed-refs');
    return parsePackedRefs(readGitFile(packed, LIMITS.packedRefs), name);
  }
  if ('hash' in value) return value;
  if (steps === MOST_STEPS) throw unreadable(file, 'leads from ref to ref');
  return readRef(git, value.name, steps + 1);
}

/** A hash, or the name of another ref. */
function parseRef(bytes: Buffer | undefined, file: string): { hash: string } | { name: string } | undefined {
  if (bytes === undefined) return undefined;
  const text = bytes.toString('utf8');
  const hash = /^([\da-f]{40}(?:[\da-f]{24})?)(?=\s|$)/.exec(text)?.[1];
  if (hash !== undefined) return { hash };
  const name = /^ref:\s*(.*?)\s*$/.exec(text)?.[1];
  if (name?.startsWith('refs/') && isRefName(name)) return { name };
  throw unreadable(file, 'names no branch and no commit');
}
