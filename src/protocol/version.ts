import packageJson from '../../package.json' with { type: 'json' };

/** The version of this ezj, `major.minor.patch`. */
export const VERSION: string = packageJson.version;

/** Increment this with every change of routes or types that an older command line would misread. */
export const PROTOCOL = 1;

/** Negative if `a` is older than `b`, positive if it is newer. Supports numbers only, no pre-release tags. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
