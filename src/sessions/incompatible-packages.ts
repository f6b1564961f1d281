import { countOf } from '../environments/step.ts';
import type { IncompatiblePackages, Language } from '../protocol/environment.ts';
import type { Runtime } from './runtime.ts';

/** The running session whose packages to check. */
export interface UserOf {
  id: string;
  /** The user of commands in it. */
  user?: string;
}

const VERSIONS = `cd /
python=$(python3 -V 2>/dev/null | sed -nE 's/^Python ([0-9]+\\.[0-9]+).*/\\1/p')
r=$(sed -nE 's/^Version: *([0-9]+\\.[0-9]+).*/\\1/p' "$(R RHOME 2>/dev/null)/library/base/DESCRIPTION" 2>/dev/null)
`;

const LIST = `
tell() { printf 'ezj-aside %s %s %s %s %s\\n' "$@"; }
for info in "$HOME"/.local/lib/python*/site-packages/*.dist-info; do
  version=\${info#"$HOME"/.local/lib/python} name=\${info##*/}
  [ -z "$python" ] || [ ! -d "$info" ] || [ "\${version%%/*}" = "$python" ] ||
    tell python "$python" "\${version%%/*}" "\${name%%-*}" "$([ -e "$info/REQUESTED" ] && echo asked || echo along)"
done
for description in "$HOME"/R/library/*/*/DESCRIPTION; do
  version=\${description#"$HOME"/R/library/} name=\${description%/DESCRIPTION}
  [ -z "$r" ] || [ ! -f "$description" ] || [ "\${version%%/*}" = "$r" ] ||
    tell r "$r" "\${version%%/*}" "\${name##*/}" asked
done
exit 0`;

/**
 * A shell script that creates the folders for packages, which Python and R only see if they exist before their start.
 * If a version has changed since the last start, it also prints the packages of other versions, for {@link
 * readIncompatible}. A file in the home folder holds the versions, so ezj reports each change once.
 */
export const NOTE_INTERPRETERS = `${VERSIONS}exec 2>/dev/null
[ -z "$python" ] || mkdir -p "$HOME/.local/lib/python$python/site-packages"
[ -z "$r" ] || mkdir -p "$HOME/R/library/$r"
known=$HOME/.local/share/ezj/interpreters now="Python $python, R $r"
[ "$(cat "$known")" != "$now" ] || exit 0
mkdir -p "\${known%/*}" && printf '%s\\n' "$now" > "$known"
${LIST}`;

const LINE = /^ezj-aside (python|r) ([\d.]+) ([\d.]+) ([\w.-]+) (asked|along)$/;

/**
 * Finds packages in the home folder that were installed with another version of Python or R than that of the session.
 */
export async function listIncompatible(runtime: Runtime, { id, user }: UserOf): Promise<IncompatiblePackages[]> {
  const cmd = ['sh', '-c', VERSIONS + LIST];
  return readIncompatible((await runtime.run(id, { cmd, user })).output);
}

/**
 * Reads the output of {@link NOTE_INTERPRETERS}. Leaves out dependencies if the requested packages are known, because
 * they are installed again with these.
 */
export function readIncompatible(output: string): IncompatiblePackages[] {
  const found = new Map<string, IncompatiblePackages & { along: string[] }>();
  for (const line of output.split('\n')) {
    const [, language, now = '', version = '', name = '', how] = LINE.exec(line.trimEnd()) ?? [];
    if (language === undefined) continue;
    const key = `${language} ${version}`;
    const each = found.get(key) ?? { language: language as Language, version, now, packages: [], along: [] };
    each[how === 'asked' ? 'packages' : 'along'].push(name);
    found.set(key, each);
  }
  return [...found.values()].map(({ along, packages, ...each }) => ({
    ...each,
    packages: packages.length > 0 ? packages : along,
  }));
}

const SHOWN = 5;

/** Describes the packages that a new version of an interpreter no longer sees. */
export function describeIncompatible(
  { language, version, now, packages }: IncompatiblePackages,
  session: string,
): string {
  const title = language === 'r' ? 'R' : 'Python';
  const names = `${packages.slice(0, SHOWN).join(', ')}${packages.length > SHOWN ? ', …' : ''}`;
  const [are, have] = packages.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return `${title} is ${now} here: ${countOf(packages.length, 'package')} that you installed with ${version} ${are} set aside (${names}); \`ezj env diff ${session}\` shows how to get ${have} back`;
}
