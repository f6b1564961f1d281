import type { Engine } from '../engine/engine.ts';
import { countOf } from '../environments/step.ts';
import type { IncompatiblePackages, Language } from '../protocol/environment.ts';

/** Whose packages are looked at. */
export interface UserOf {
  /** A container that runs. */
  container: string;
  /** `uid:gid` that the session runs as. */
  user: string | undefined;
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
 * A shell script that makes the folders for packages, which have to be there before Python and R start, or neither looks into them;
 * and prints, for {@link readIncompatible}, what the last start still had. A file of the home folder tells that, so that each change of a
 * version is said once.
 */
export const NOTE_INTERPRETERS = `${VERSIONS}exec 2>/dev/null
[ -z "$python" ] || mkdir -p "$HOME/.local/lib/python$python/site-packages"
[ -z "$r" ] || mkdir -p "$HOME/R/library/$r"
known=$HOME/.local/share/ezj/interpreters now="Python $python, R $r"
[ "$(cat "$known")" != "$now" ] || exit 0
mkdir -p "\${known%/*}" && printf '%s\\n' "$now" > "$known"
${LIST}`;

const LINE = /^ezj-aside (python|r) ([\d.]+) ([\d.]+) ([\w.-]+) (asked|along)$/;

/** The packages in the home folder that were installed with another version of Python or R than the session has. */
export async function listIncompatible(engine: Engine, { container, user }: UserOf): Promise<IncompatiblePackages[]> {
  const cmd = ['sh', '-c', VERSIONS + LIST];
  return readIncompatible((await engine.exec(container, { cmd, user })).output);
}

/**
 * What {@link NOTE_INTERPRETERS} has printed. Dependencies come along again by themselves: they are left out where it is known which
 * packages were asked for.
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

/** The line that says what a new version of an interpreter has left behind. */
export function describeIncompatible(
  { language, version, now, packages }: IncompatiblePackages,
  session: string,
): string {
  const title = language === 'r' ? 'R' : 'Python';
  const names = `${packages.slice(0, SHOWN).join(', ')}${packages.length > SHOWN ? ', …' : ''}`;
  const [are, have] = packages.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return `${title} is ${now} here: ${countOf(packages.length, 'package')} that you installed with ${version} ${are} set aside (${names}); \`ezj env diff ${session}\` shows how to get ${have} back`;
}
