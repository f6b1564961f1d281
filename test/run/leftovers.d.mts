export function listEngine(env: NodeJS.ProcessEnv): Promise<Map<string, unknown>>;
export function engineLeftovers(
  before: Map<string, unknown>,
  run: { id: string; env: NodeJS.ProcessEnv },
): Promise<{ kind: string; key: string; text: string; ours: boolean }[]>;
export function removeLeftovers(
  found: { kind: string; key: string; ours: boolean }[],
  run: { env: NodeJS.ProcessEnv },
): Promise<void>;
