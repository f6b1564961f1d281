import { withoutSecrets } from '../build/secrets.ts';
import type { ProjectCode } from '../step.ts';

/** An option with which the project names an index or a page of packages. */
const INDEX = /^(?:-i|--index-url|--extra-index-url|-f|--find-links)[\s=]*(\S+)/;

/** Options that let a package be built from source, which runs its code. They count for pip wherever they are. */
const BUILDS = /^--(?:no-binary[\s=]+(\S+)|only-binary[\s=]+\S*(:none:)\S*)/;

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
  const built = lines.flatMap((line) => {
    const [, names, none] = BUILDS.exec(line) ?? [];
    return (names ?? none)?.split(',') ?? [];
  });
  return [...addressesAsCode(from, sources), ...packagesAsCode(from, built)];
}

/** The permission for packages that are built from source. `:all:` and `:none:` are pip's words. */
export function packagesAsCode(from: string, names: string[]): ProjectCode[] {
  if (names.length === 0) return [];
  const isAny = names.some((name) => name.startsWith(':'));
  const what = isAny ? 'any package' : [...new Set(names)].join(', ');
  return [
    {
      file: { path: from, content: Buffer.from(`build ${what}`) },
      what: `builds ${what} from source, as ${from} says: the code of the package runs while the image is built, as root in a container with network and your package indexes`,
    },
  ];
}

/** The permissions for addresses that a project names as sources of packages. */
export function addressesAsCode(from: string, addresses: string[]): ProjectCode[] {
  return [...new Set(addresses)].map((address) => ({
    file: { path: from, content: Buffer.from(address) },
    what: `takes packages from ${withoutSecrets(address)}, as ${from} says: their code may run while the image is built, as root in a container with network and your package indexes`,
  }));
}
