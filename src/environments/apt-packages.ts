import { nowParsing } from '../parsing/now-parsing.ts';
import { invalid } from './files/invalid.ts';
import { type NamedFile, readLines } from './files/named-files.ts';

/** Names, architectures and versions of Debian packages. https://www.debian.org/doc/debian-policy/ch-controlfields.html#source */
const PACKAGE = /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?(?:=[A-Za-z0-9.+:~*-]+)?$/;

/** For apt, `name-` and `name:i386-` mean removal, and `name+` means installation. Some names end in two of these signs. */
const CHANGE = /(?:[^+]\+|-)$/;

/**
 * The packages in an apt.txt: one or more per line, `#` begins a comment.
 * @throws `environment-invalid` with the line
 */
export function readAptPackages({ path, content }: NamedFile): string[] {
  nowParsing(path);
  return readLines(content).flatMap((line, i) => {
    const names = line.replace(/#.*/, '').trim().split(/\s+/).filter(Boolean);
    const wrong = names.find((name) => !PACKAGE.test(name) || (CHANGE.test(name) && !name.includes('=')));
    if (wrong !== undefined) throw invalid(path, `${JSON.stringify(wrong)} is not the name of a Debian package`, i + 1);
    return names;
  });
}
