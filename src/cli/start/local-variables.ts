import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { DEVCONTAINER_FILES } from '../../protocol/environment.ts';

const LIMIT_BYTES = 2 ** 20;

/**
 * Those of the user's variables that a devcontainer.json of the project names, by `${localEnv:NAME}`, as far as they are set.
 * Undefined where there is no such file.
 */
export function localVariables(project: string, env: NodeJS.ProcessEnv): Record<string, string> | undefined {
  const text = DEVCONTAINER_FILES.map((name) => read(path.join(project, name))).find((each) => each !== undefined);
  if (text === undefined) return undefined;
  const names = [...text.matchAll(/\$\{(?:localEnv|env):([^:}]+)/g)].map(([, name = '']) => name);
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const])));
}

/** What is wrong with it, the daemon says. */
function read(file: string): string | undefined {
  try {
    const stats = statSync(file);
    return stats.isFile() && stats.size <= LIMIT_BYTES ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
