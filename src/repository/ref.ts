import { EzjError } from '../protocol/errors.ts';
import type { Repository } from './repository.ts';

const ODD = /^[-/.]|[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/[/.]|[/.]$|\.lock(\/|$)|^$/;

/**
 * Refuses what git would take for an option, a pattern or an expression.
 * @see https://git-scm.com/docs/git-check-ref-format
 * @throws `usage`
 */
export function checkRef(ref: string): void {
  if (!ODD.test(ref)) return;
  throw new EzjError({ code: 'usage', message: `@${ref} names no branch, tag or commit` });
}

/** Whether a name may be a commit's: all or the beginning of its hash. */
export function mayBeCommit(ref: string): boolean {
  return /^[\da-f]{7,64}$/i.test(ref);
}

/** The names that may be meant, the longest first: of the address of a page, only the repository knows how long the branch is. */
export function candidateRefs({ ref, page }: Pick<Repository, 'ref' | 'page'>): string[] {
  if (ref !== undefined) return [ref];
  const words = page?.words ?? [];
  // The last word of a file's page is the file.
  const most = page?.isFile ? Math.max(1, words.length - 1) : words.length;
  return Array.from({ length: most }, (_, index) => words.slice(0, most - index).join('/')).filter(
    (name) => !ODD.test(name),
  );
}

/** The path that the address of a page has behind the name of the branch. */
export function pathBehind(ref: string | undefined, { page }: Pick<Repository, 'page'>): string | undefined {
  if (!page || ref === undefined) return undefined;
  return page.words.slice(ref.split('/').length).join('/') || undefined;
}
