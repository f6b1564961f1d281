import * as z from 'zod';
import type { InstalledPackage } from '../protocol/environment.ts';
import { EzjError } from '../protocol/errors.ts';
import type { UserOf } from '../sessions/incompatible-packages.ts';
import type { Runtime } from '../sessions/runtime.ts';

/**
 * A Python package, as its metadata describe it.
 * https://packaging.python.org/en/latest/specifications/recording-installed-packages/
 */
const distribution = z.object({
  name: z.string(),
  version: z.string(),
  /** The folder of its metadata. */
  folder: z.string(),
  isInHome: z.boolean(),
  /** Whether it was installed by its name, and not as a dependency. */
  isRequested: z.boolean(),
  /** Names of its dependencies, without those of its extras. */
  requires: z.array(z.string()),
  /**
   * Its source, if that is not an index.
   * https://packaging.python.org/en/latest/specifications/direct-url/
   */
  direct: z
    .object({
      url: z.string().optional(),
      vcs_info: z.object({ vcs: z.string(), commit_id: z.string() }).optional().catch(undefined),
    })
    .nullable()
    .catch(null),
});

type Distribution = z.infer<typeof distribution>;

/** A requirement of the manifest, and the installed versions that satisfy it. */
const asked = z.object({ name: z.string(), specifier: z.string(), takes: z.array(z.string()) });

type Asked = z.infer<typeof asked>;

/** What the script prints. A session can replace Python, and print anything. */
const answer = z.object({ found: z.array(distribution), asked: z.array(asked) });

/** A thousand packages take half a megabyte. */
export const MOST_LIST_BYTES = 8 * 2 ** 20;

const SCRIPT = `
import importlib.metadata, json, os, re, site, sys
try:
    from packaging.requirements import Requirement
except ImportError:
    try:
        from pip._vendor.packaging.requirements import Requirement
    except ImportError:
        Requirement = None

def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()

home = os.path.realpath(site.getusersitepackages())
found = []
for each in importlib.metadata.distributions():
    folder = str(getattr(each, "_path", ""))
    name = each.metadata["Name"]
    if not name or not folder.endswith((".dist-info", ".egg-info")):
        continue
    direct = each.read_text("direct_url.json")
    found.append({
        "name": name, "version": each.version, "folder": folder,
        "isInHome": os.path.realpath(os.path.dirname(folder)) == home,
        "isRequested": os.path.exists(os.path.join(folder, "REQUESTED")),
        "requires": [canonical(re.match(r"[\\w.-]+", text).group()) for text in each.requires or [] if "extra ==" not in text],
        "direct": json.loads(direct) if direct else None,
    })

asked = []
for text in json.loads(sys.argv[1]):
    try:
        wanted = Requirement(text)
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        versions = [each["version"] for each in found if canonical(each["name"]) == canonical(wanted.name)]
        takes = [version for version in versions if wanted.specifier.contains(version, prereleases=True)]
        asked.append({"name": canonical(wanted.name), "specifier": str(wanted.specifier), "takes": takes})
    except Exception:
        pass
print("\\nezj-installed " + json.dumps({"found": found, "asked": asked}))
`;

/**
 * Finds the Python packages in a session that do not follow from `asked`, the requirements of the manifest. `changed`:
 * the files outside.
 */
export async function pythonBeyond(
  runtime: Runtime,
  { id, user }: UserOf,
  { asked: requirements, changed }: { asked: string[]; changed: string[] },
): Promise<{ packages: InstalledPackage[]; dependencies: InstalledPackage[] }> {
  // Not in the project folder, where a file of the project could shadow a Python module.
  const cmd = ['sh', '-c', 'cd / && exec python3 -c "$@"', 'sh', SCRIPT, JSON.stringify(requirements)];
  const { output } = await runtime.run(id, { cmd, user, maxBytes: MOST_LIST_BYTES });
  const line = /^ezj-installed (.*)$/m.exec(output)?.[1];
  if (line === undefined) return { packages: [], dependencies: [] };
  const list = parseAnswer(line);
  const found = list.found.filter(({ name, version }) => NAME.test(name) && VERSION.test(version));
  const added = addedFolders(changed);
  const isAdded = ({ isInHome, folder }: Distribution) => isInHome || added.has(folder);
  const needed = new Set(found.flatMap(({ requires }) => requires));
  const ofImage = byName(found.filter((each) => !isAdded(each)).reverse());
  const wantedByName = byName(list.asked);
  const packages: InstalledPackage[] = [];
  const dependencies: InstalledPackage[] = [];
  for (const each of found.filter(isAdded)) {
    const name = canonical(each.name);
    const wanted = wantedByName.get(name);
    const image = ofImage.get(name)?.version;
    if (isAsWanted(each.version, { image, wanted })) continue;
    const isTop = wanted !== undefined || each.isRequested || !needed.has(name);
    (isTop ? packages : dependencies).push({
      language: 'python',
      name: each.name,
      version: each.version,
      where: each.isInHome ? 'home' : 'container',
      ...(wanted && { asked: wanted.specifier }),
      ...(image !== undefined && { image }),
      ...origin(each),
    });
  }
  return { packages, dependencies };
}

/** @throws `image-unsuitable` */
function parseAnswer(line: string): z.infer<typeof answer> {
  try {
    return answer.parse(JSON.parse(line));
  } catch (cause) {
    throw new EzjError({
      code: 'image-unsuitable',
      message: 'Python in the session answers with something else than its packages.',
      hint: 'Check which Python it is: `ezj shell -- python3 --version`.',
      cause,
    });
  }
}

/** The last of each name. */
function byName<Each extends { name: string }>(list: Each[]): Map<string, Each> {
  return new Map(list.map((each) => [canonical(each.name), each]));
}

const NAME = /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/;
const VERSION = /^[\w.!+-]+$/;

/** Whether the package needs no line in the manifest: the manifest has it already, or the image has. */
function isAsWanted(version: string, { image, wanted }: { image?: string; wanted?: Asked }): boolean {
  if (wanted === undefined) return image === version;
  if (!wanted.takes.includes(version)) return false;
  const isExact = /^===?[^*,]+$/.test(wanted.specifier);
  return isExact || image === undefined || image === version;
}

/** The requirement for a package: by version, or by source, unless the source is a folder or file of this session. */
function origin({ name, version, direct }: Distribution): Pick<InstalledPackage, 'requirement' | 'source'> {
  if (direct === null) return { requirement: `${name}==${version}` };
  const url = String(direct.url ?? '').replace(/[\s\x00-\x1f]/g, '');
  const source = direct.vcs_info ? `${direct.vcs_info.vcs}+${url}@${direct.vcs_info.commit_id}` : url;
  const canBeNamed = /^(?:(?:git|hg|svn|bzr)\+)?(?:https?|ssh):\/\/[^\s"'#;]+$/.test(source);
  return { source, ...(canBeNamed && { requirement: `${name} @ ${source}` }) };
}

/** Metadata folders that exist in the session but not in its image. */
function addedFolders(changed: string[]): Set<string> {
  const folders = changed.map((file) => /^(.*\/(?:site|dist)-packages\/[^/]+\.dist-info)\/METADATA$/.exec(file)?.[1]);
  return new Set(folders.filter((folder) => folder !== undefined));
}

/** https://packaging.python.org/en/latest/specifications/name-normalization/ */
export function canonical(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
