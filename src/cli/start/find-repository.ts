import { existsSync } from 'node:fs';
import path from 'node:path';

/** What an argument names where it is no folder and no notebook: an address that is still to be read, or a bare repository here. */
export type RepositorySource = { address: string } | { folder: string; ref?: string };

/** A scheme, git's `helper::address`, or `user@host:path`. */
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:(?:\/\/|:)|[\w.+-]+@(?:[\w.-]+|\[[\da-f:]+\]):)/i;

/**
 * The repository that an argument names, recognised by its form alone: reading it is left to code that most starts do not load.
 * A folder or a file of that name comes first, unless it is a bare repository.
 */
export function findRepository(argument: string, cwd: string): RepositorySource | undefined {
  const local = path.resolve(cwd, argument);
  if (local === path.resolve(cwd)) return undefined;
  if (existsSync(local)) return isBare(local) ? { folder: local } : undefined;
  if (ADDRESS.test(argument)) return { address: argument };
  for (const { index } of local.matchAll(/@/g)) {
    const folder = local.slice(0, index);
    if (isBare(folder)) return { folder, ref: local.slice(index + 1) };
  }
  return undefined;
}

function isBare(folder: string): boolean {
  return ['HEAD', 'objects', 'refs'].every((name) => existsSync(path.join(folder, name)));
}
