/** An environment as the engine lists it, `KEY=value` each; a name without a value is left out. */
export function readEnv(list: string[] | null | undefined): Record<string, string> {
  const entries = (list ?? []).map((line) => [line, line.indexOf('=')] as const).filter(([, equals]) => equals > 0);
  return Object.fromEntries(entries.map(([line, equals]) => [line.slice(0, equals), line.slice(equals + 1)]));
}

/** An environment in the engine's form. */
export function writeEnv(env: Record<string, string>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
