import { withoutSecrets } from '../build/secrets.ts';
import type { ProjectCode } from '../step.ts';

/** An option with which the project names an index or a page of packages. */
const INDEX = /^(?:-i|--index-url|--extra-index-url|-f|--find-links)[\s=]*(\S+)/;

/** The URL of one requirement, whose build runs its code. */
const SOURCE = /(?:^|@\s*)((?:(?:git|hg|svn|bzr)\+|https?:\/\/)\S+)/;

/** The installation of a wheel runs no code. https://packaging.python.org/en/latest/specifications/binary-distribution-format/ */
const WHEEL = /\.whl(?:[?#]|$)/;

/**
 * The lines of requirements that take code from a source of the project, rather than from an index of the user: one
 * entry per address, for their file `from`.
 */
export function foreignCode(from: string, lines: string[]): ProjectCode[] {
  const sources = lines.flatMap((line) => {
    const source = INDEX.exec(line)?.[1] ?? SOURCE.exec(line)?.[1];
    return source === undefined || WHEEL.test(source) ? [] : [source];
  });
  return addressesAsCode(from, sources);
}

/** The permissions for addresses that a project names as sources of packages. */
export function addressesAsCode(from: string, addresses: string[]): ProjectCode[] {
  return [...new Set(addresses)].map((address) => ({
    file: { path: from, content: Buffer.from(address) },
    what: `takes packages from ${withoutSecrets(address)}, as ${from} says: their code may run while the image is built, as root in a container with network`,
  }));
}
