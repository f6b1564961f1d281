import process from 'node:process';
import type { Command } from 'commander';
import { type DaemonApi, daemonApi } from '../client/api.ts';
import { EzjError } from '../protocol/errors.ts';
import { daemonPaths } from '../protocol/paths.ts';
import { createOutput, type Output } from './terminal/output.ts';

/** What a command works with. */
export interface Context {
  output: Output;
  api: DaemonApi;
  env: NodeJS.ProcessEnv;
}

/** The context for a command that has been parsed. */
export function contextOf(command: Command): Context {
  const { json = false } = command.optsWithGlobals<{ json?: boolean }>();
  return createContext(createOutput({ json }));
}

/** The context for a command that prints to `output`. */
export function createContext(output: Output): Context {
  return { output, api: daemonApi(daemonPaths()), env: process.env };
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
