import process from 'node:process';
import { type Client, openClient } from '../client/client.ts';
import { EzjError } from '../protocol/errors.ts';
import { daemonPaths } from '../protocol/paths.ts';
import type { Output } from './terminal/output.ts';

/** What a command works with. */
export interface Context {
  output: Output;
  client: Client;
  env: NodeJS.ProcessEnv;
}

/** The context for a command that prints to `output`. */
export function createContext(output: Output): Context {
  let client: Client | undefined;
  return {
    output,
    // Where the daemon's files cannot be, help and the like work all the same.
    get client() {
      client ??= openClient(daemonPaths());
      return client;
    },
    env: process.env,
  };
}

/** The folder that ezj was typed in. Throws `project-missing` where it has been removed. */
export function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new EzjError({
      code: 'project-missing',
      message: 'The folder you are in has been removed.',
      hint: 'cd to another one',
      cause,
    });
  }
}
