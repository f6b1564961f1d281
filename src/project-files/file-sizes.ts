const MIB = 2 ** 20;

/** The size that a file of a project may have, unless {@link LIMITS} says otherwise. People write some kilobytes. */
const LIMIT_BYTES = MIB;

/**
 * Files that may have another size, by name. Measured in public repositories: the uv.lock of a big project has 0.5 to
 * 3.3 MB, an renv.lock up to 0.6 MB, a Pipfile.lock up to 0.1 MB.
 */
const LIMITS: Record<string, number> = {
  'uv.lock': 8 * MIB,
  'pylock.toml': 8 * MIB,
  'renv.lock': 4 * MIB,
  'Pipfile.lock': 4 * MIB,
  'apt.txt': MIB,
  'runtime.txt': MIB,
  // Enough for a file that people write. A bigger one would keep the parser busy for minutes.
  Dockerfile: MIB / 8,
};

/** Lists of requirements, which a lock can be exported to, with a hash for each file of a package. */
const REQUIREMENTS = /\.(?:txt|lock|in)$/;
const REQUIREMENTS_BYTES = 4 * MIB;

/** The size in bytes that a file of a project may have, by its name. */
export function limitOf(name: string): number {
  const base = name.slice(name.lastIndexOf('/') + 1);
  return LIMITS[base] ?? (REQUIREMENTS.test(base) ? REQUIREMENTS_BYTES : LIMIT_BYTES);
}
