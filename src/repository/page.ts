/** The parts of the URL of a forge's page. */
export interface Page {
  /** The path of the repository. */
  repository: string;
  /** The decoded words after it: the branch, which may contain slashes, then a path. */
  words: string[];
  /** Whether the page shows a file, not a folder. */
  isFile: boolean;
}

/**
 * Parses `/OWNER/REPO/tree/BRANCH` and `/OWNER/REPO/blob/BRANCH/PATH`, and GitLab's forms with `/-/`.
 * Undefined for the path of a repository.
 */
export function readPage(pathname: string): Page | undefined {
  const match =
    /^(.+?)\/-\/(tree|blob)\/([^/].*)$/.exec(pathname) ?? /^(\/[^/]+\/[^/]+)\/(tree|blob)\/([^/].*)$/.exec(pathname);
  if (!match) return undefined;
  const [, repository = '', kind, rest = ''] = match;
  const words = decodeWords(rest);
  return words && { repository, words, isFile: kind === 'blob' };
}

/** Undefined for words that lead out of a folder. */
function decodeWords(text: string): string[] | undefined {
  try {
    const words = text.split('/').filter(Boolean).map(decodeURIComponent);
    return words.every((word) => !/[/\\\x00-\x1f]/.test(word) && !/^\.\.?$/.test(word)) ? words : undefined;
  } catch {
    return undefined;
  }
}
