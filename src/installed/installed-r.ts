import type { InstalledPackage } from '../protocol/environment.ts';
import type { UserOf } from '../sessions/incompatible-packages.ts';
import type { Runtime } from '../sessions/runtime.ts';
import { MOST_LIST_BYTES } from './installed-python.ts';
import type { AskedOfR } from './manifest.ts';

interface RPackage {
  name: string;
  version: string;
  library: string;
  isInHome: boolean;
  requires: string[];
  /** Its source, if that is not a repository. */
  remote: string;
}

const SCRIPT = `
found <- installed.packages(fields = c("RemoteType", "RemoteUsername", "RemoteRepo"), noCache = TRUE)
found <- found[is.na(found[, "Priority"]) | found[, "Priority"] != "base", , drop = FALSE]
text <- function(column) gsub("[[:space:]]+", " ", ifelse(is.na(found[, column]), "", found[, column]))
needs <- paste(text("Depends"), text("Imports"), text("LinkingTo"), sep = ",")
home <- startsWith(normalizePath(found[, "LibPath"]), paste0(normalizePath(Sys.getenv("HOME")), "/"))
remote <- paste(text("RemoteType"), text("RemoteUsername"), text("RemoteRepo"))
cat(sprintf("ezj-installed\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n", text("Package"), text("Version"), text("LibPath"), home, needs, remote), sep = "")
cat(sprintf("ezj-r\\t%s\\n", getRversion()))
`;

/** Finds the R packages in a session that the manifest does not ask for. `version` is the version of R. */
export interface BeyondR {
  packages: InstalledPackage[];
  dependencies: InstalledPackage[];
  version: string;
}

/** Like `pythonBeyond`: a package is a dependency if another package outside the image needs it. */
export async function rBeyond(
  runtime: Runtime,
  { id, user }: UserOf,
  { asked, changed }: { asked: AskedOfR[]; changed: string[] },
): Promise<BeyondR> {
  const cmd = ['sh', '-c', 'cd / && exec Rscript --no-init-file --no-save -e "$1"', 'sh', SCRIPT];
  const { output } = await runtime.run(id, { cmd, user, maxBytes: MOST_LIST_BYTES });
  const found = output.split('\n').flatMap(parse);
  // A session decides how many packages and changes there are.
  const changes = new Set(changed);
  const isAdded = (each: RPackage) => each.isInHome || changes.has(`${each.library}/${each.name}/DESCRIPTION`);
  // Of a name in several libraries, R loads the first.
  const ofImage = new Map(
    found
      .filter((each) => !isAdded(each))
      .reverse()
      .map(({ name, version }) => [name, version]),
  );
  const added = found.filter(isAdded);
  const needed = new Set(added.flatMap(({ requires }) => requires));
  const result: BeyondR = {
    packages: [],
    dependencies: [],
    version: /^ezj-r\t([\d.]+)$/m.exec(output)?.[1] ?? '',
  };
  for (const each of added) {
    const { name, version, remote } = each;
    const wanted = asked.find((one) => one.name === name);
    const image = ofImage.get(name);
    if (isAsWanted(version, { image, wanted })) continue;
    const isTop = wanted !== undefined || !needed.has(name);
    (isTop ? result.packages : result.dependencies).push({
      language: 'r',
      name,
      version,
      where: each.isInHome ? 'home' : 'container',
      ...(wanted && { asked: wanted.exact !== undefined ? `==${wanted.exact}` : `>=${wanted.least}` }),
      ...(image !== undefined && { image }),
      ...(remote === '' ? { requirement: name } : { source: remote }),
    });
  }
  return result;
}

function parse(line: string): RPackage[] {
  const [mark, name = '', version = '', library = '', home = '', needs = '', remote = ''] = line.trimEnd().split('\t');
  if (mark !== 'ezj-installed' || !/^[A-Za-z][A-Za-z0-9.]*$/.test(name) || !/^[\d.-]+$/.test(version)) return [];
  const requires = needs.split(',').map((each) => each.replace(/\(.*/, '').trim());
  const fromRepository = /^(?:standard|cran|bioconductor)?\s*$/.test(remote);
  return [{ name, version, library, isInHome: home === 'TRUE', requires, remote: fromRepository ? '' : remote.trim() }];
}

function isAsWanted(version: string, { image, wanted }: { image?: string; wanted?: AskedOfR }): boolean {
  if (wanted === undefined) return image === version;
  if (wanted.exact !== undefined) return wanted.exact === version;
  return compareRVersions(version, wanted.least ?? '0') >= 0;
}

/** https://stat.ethz.ch/R-manual/R-devel/library/base/html/numeric_version.html */
function compareRVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/[.-]/).map(Number));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? -1) - (right?.[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
