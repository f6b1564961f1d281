/** Reads environment variables in the engine's form, a list of `KEY=value`. Skips names without a value. */
export function readEnv(list: string[] | null | undefined): Record<string, string> {
  const entries = (list ?? []).map((line) => [line, line.indexOf('=')] as const).filter(([, equals]) => equals > 0);
  return Object.fromEntries(entries.map(([line, equals]) => [line.slice(0, equals), line.slice(equals + 1)]));
}

/** Environment variables in the engine's form. */
export function writeEnv(env: Record<string, string>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
