import { nowParsing } from '../../parsing/now-parsing.ts';
import { invalid } from '../files/invalid.ts';
import { decode, type NamedFile } from '../files/named-files.ts';

/** A package of R with its minimum version; `0` for any version. */
export interface RPackage {
  name: string;
  least: string;
}

/** The packages that are part of R. */
const BUILT_IN =
  'R base compiler datasets graphics grDevices grid methods parallel splines stats stats4 tcltk tools utils'.split(' ');

/** Whether the file describes an R package, and is not another text with this name. */
export function isPackageDescription({ content }: NamedFile): boolean {
  return /^Package:/m.test(decode(content));
}

/**
 * The packages that a DESCRIPTION depends on, and notes on what ezj does not support.
 * https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file
 * @throws `environment-invalid` with the line
 */
export function readDescription(file: NamedFile): { packages: RPackage[]; notes: string[] } {
  nowParsing(file.path);
  const fields = readFields(file);
  const wanted = ['Depends', 'Imports', 'LinkingTo'].flatMap((name) => (fields.get(name) ?? '').split(','));
  const packages = new Map<string, RPackage>();
  for (const entry of wanted.map((each) => each.trim()).filter(Boolean)) {
    const [, name = '', least = '0'] = /^([A-Za-z][A-Za-z0-9.]*)\s*(?:\(\s*>=\s*([\d.-]+)\s*\))?$/.exec(entry) ?? [];
    if (name === '')
      throw invalid(file.path, `${JSON.stringify(entry)} is not a package name, with or without a minimum version`);
    if (!BUILT_IN.includes(name)) packages.set(name, { name, least });
  }
  const remotes = fields.get('Remotes');
  const notes = remotes
    ? [
        `${file.path}: Remotes is not supported (${remotes.replace(/\s+/g, ' ').trim()}): name them in install.R, or use renv.lock`,
      ]
    : [];
  return { packages: [...packages.values()], notes };
}

/** Debian's control format: one field per line, with indented continuation lines. */
function readFields(file: NamedFile): Map<string, string> {
  const fields = new Map<string, string>();
  let name = '';
  for (const [i, line] of decode(file.content).split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const field = /^([\w@/-]+):(.*)$/.exec(line);
    if (field) name = field[1] ?? '';
    else if (!/^\s/.test(line) || name === '')
      throw invalid(file.path, `${JSON.stringify(line)} is not a field`, i + 1);
    fields.set(name, `${fields.get(name) ?? ''} ${field ? field[2] : line}`.trim());
  }
  return fields;
}
