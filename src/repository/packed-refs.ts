const NEWLINE = 10;

/**
 * Finds a ref in the bytes of packed-refs, which can be large: only the lines of the ref become text.
 * @see https://git-scm.com/docs/git-pack-refs
 */
export function parsePackedRefs(
  bytes: Buffer | undefined,
  name: string,
): { hash: string; peeled?: string } | undefined {
  if (bytes === undefined) return undefined;
  const end = bytes.indexOf(NEWLINE);
  // Without this word, a line of a tag can lack the commit behind it.
  const complete = /^# pack-refs with:.* (fully-)?peeled /.test(`${bytes.toString('latin1', 0, Math.max(end, 0))} `);
  const found = findLine(bytes, Buffer.from(` ${name}`));
  if (found === undefined) return undefined;
  const [line, next] = found;
  const hash = parseHash(line.split(' ')[0]);
  const peeled = next.startsWith('^') ? parseHash(next.slice(1)) : complete ? hash : undefined;
  return hash === undefined ? undefined : { hash, peeled };
}

/** The line that ends with a text, and the line after it. */
function findLine(bytes: Buffer, text: Buffer): [string, string] | undefined {
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1)) {
    const end = at + text.length;
    if (end < bytes.length && bytes[end] !== NEWLINE) continue;
    const start = bytes.lastIndexOf(NEWLINE, at) + 1;
    // A hash has 64 digits at most.
    const line = at - start > 64 ? '' : bytes.toString('utf8', start, end);
    return [line, bytes.toString('latin1', end + 1, end + 66).split('\n')[0] ?? ''];
  }
  return undefined;
}

function parseHash(text = ''): string | undefined {
  return /^([\da-f]{40}|[\da-f]{64})$/.test(text) ? text : undefined;
}
