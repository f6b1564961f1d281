import { withoutSecrets } from '../build/secrets.ts';
import type { ProjectCode } from '../step.ts';

/** An option by which the project names an index or a page of packages. */
const INDEX = /^(?:-i|--index-url|--extra-index-url|-f|--find-links)[\s=]*(\S+)/;

/** Where one requirement comes from; what is built of it runs its code. */
const SOURCE = /(?:^|@\s*)((?:(?:git|hg|svn|bzr)\+|https?:\/\/)\S+)/;

/** A wheel is unpacked, and runs nothing. https://packaging.python.org/en/latest/specifications/binary-distribution-format/ */
const WHEEL = /\.whl(?:[?#]|$)/;

/**
 * What of these lines of requirements takes code from where the project says, rather than from an index of the user's choice: one
 * entry for `from`, the file that they stand in, for each address.
 */
export function foreignCode(from: string, lines: string[]): ProjectCode[] {
  const sources = lines.flatMap((line) => {
    const source = INDEX.exec(line)?.[1] ?? SOURCE.exec(line)?.[1];
    return source === undefined || WHEEL.test(source) ? [] : [source];
  });
  return addressesAsCode(from, sources);
}

/** Addresses that a project names as sources of packages, as code that is agreed to. */
export function addressesAsCode(from: string, addresses: string[]): ProjectCode[] {
  return [...new Set(addresses)].map((address) => ({
    file: { path: from, content: Buffer.from(address) },
    what: `takes packages from ${withoutSecrets(address)}, as ${from} says: their code may run while the image is built, as root in a container with network`,
  }));
}
