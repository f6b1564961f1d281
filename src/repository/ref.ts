import { EzjError } from '../protocol/errors.ts';
import { isPlain } from '../protocol/plain-text.ts';
import type { Repository } from './repository.ts';

const ODD = /^[-/.]|[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/[/.]|[/.]$|\.lock(\/|$)|^$/;

/**
 * Rejects a ref that git would take for an option, a pattern or an expression.
 * @see https://git-scm.com/docs/git-check-ref-format
 * @throws `usage`
 */
export function checkRef(ref: string): void {
  if (!ODD.test(ref)) return;
  throw new EzjError({ code: 'usage', message: `@${ref} names no branch, tag or commit` });
}

/** Whether git accepts a name, and a terminal shows it as it is. */
export function isRefName(name: string): boolean {
  return !ODD.test(name) && isPlain(name);
}

/** Whether a name can be a commit hash or its beginning. */
export function mayBeCommit(ref: string): boolean {
  return /^[\da-f]{7,64}$/i.test(ref);
}

/** The possible names of the branch, the longest first, because only the repository knows where the branch ends in the URL of a page. */
export function candidateRefs({ ref, page }: Pick<Repository, 'ref' | 'page'>): string[] {
  if (ref !== undefined) return [ref];
  const words = page?.words ?? [];
  // The last word of a file's URL is the file.
  const most = page?.isFile ? Math.max(1, words.length - 1) : words.length;
  return Array.from({ length: most }, (_, index) => words.slice(0, most - index).join('/')).filter(
    (name) => !ODD.test(name),
  );
}

/** The path after the name of the branch in the URL of a page. */
export function pathBehind(ref: string | undefined, { page }: Pick<Repository, 'page'>): string | undefined {
  if (!page || ref === undefined) return undefined;
  return page.words.slice(ref.split('/').length).join('/') || undefined;
}
