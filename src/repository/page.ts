/** What the address of a forge's page says. */
export interface Page {
  /** The path of the repository. */
  repository: string;
  /** The words behind it, decoded: those of the branch, which may hold slashes, then those of a path. */
  words: string[];
  /** A file's page, rather than a folder's. */
  isFile: boolean;
}

/**
 * Reads `/OWNER/REPO/tree/BRANCH` and `/OWNER/REPO/blob/BRANCH/PATH`, as a browser shows them, and GitLab's with `/-/` in between.
 * Undefined where a path is that of a repository.
 */
export function readPage(pathname: string): Page | undefined {
  const match =
    /^(.+?)\/-\/(tree|blob)\/([^/].*)$/.exec(pathname) ?? /^(\/[^/]+\/[^/]+)\/(tree|blob)\/([^/].*)$/.exec(pathname);
  if (!match) return undefined;
  const [, repository = '', kind, rest = ''] = match;
  const words = decodeWords(rest);
  return words && { repository, words, isFile: kind === 'blob' };
}

/** Undefined for words that would lead out of a folder. */
function decodeWords(text: string): string[] | undefined {
  try {
    const words = text.split('/').filter(Boolean).map(decodeURIComponent);
    return words.every((word) => !/[/\\\x00-\x1f]/.test(word) && !/^\.\.?$/.test(word)) ? words : undefined;
  } catch {
    return undefined;
  }
}
