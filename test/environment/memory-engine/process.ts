import type net from 'node:net';
import type { ContainerFiles } from './container-files.ts';
import { defer } from './deferred.ts';
import type { Listener } from './published-ports.ts';

/** A program as it runs in a container: what it sees and what it can do. */
export interface Process {
  cmd: string[];
  env: Record<string, string>;
  /** `uid`, `uid:gid` or a name; empty: the image's own, which is root. */
  user: string;
  workdir: string;
  files: ContainerFiles;
  print(text: string): void;
  printError(text: string): void;
  /** What is typed, where it runs with input. */
  stdin: AsyncIterable<Buffer>;
  /** Of its terminal, as it is now; undefined where it has none. */
  size(): { columns: number; rows: number } | undefined;
  /** Resolves when it is asked to end. A program that does not care is killed. */
  terminated: Promise<void>;
  /** Answers connections to a port of the container: a server that does not listen itself, or a function. */
  serve(port: number, server: net.Server | Listener): void;
}

/** What a command does; its result is the exit code, 0 where it gives none. What it throws is printed, with 1 as exit code. */
export type Program = (process: Process) => Promise<number | undefined> | number | undefined;

/** Which program a command line starts; undefined where the image has none of this name. */
export type Programs = (
  cmd: string[],
  container: { image: string; labels: Record<string, string> },
) => Program | undefined;

/** Thrown by a program, it ends the container as the kernel does when its memory is used up. */
export class OutOfMemory extends Error {}

/** A program that does nothing until it is asked to end. */
export const sleep: Program = async ({ terminated }) => {
  await terminated;
  return 143;
};

/** How a process ended. */
export interface Ended {
  exitCode: number;
  outOfMemory: boolean;
}

/** A process that runs. */
export interface Running {
  ended: Promise<Ended>;
  terminate(): void;
  kill(): void;
}

/** Starts a program. */
export function startProcess(program: Program, given: Omit<Process, 'terminated'>): Running {
  const { promise: terminated, resolve: terminate } = defer();
  const { promise: killed, resolve: kill } = defer<Ended>();
  const running = (async (): Promise<Ended> => {
    try {
      return { exitCode: (await program({ ...given, terminated })) ?? 0, outOfMemory: false };
    } catch (error) {
      if (error instanceof OutOfMemory) return { exitCode: 137, outOfMemory: true };
      given.printError(`${(error as Error).message}\n`);
      return { exitCode: 1, outOfMemory: false };
    }
  })();
  return {
    ended: Promise.race([killed, running]),
    terminate,
    kill: () => kill({ exitCode: 137, outOfMemory: false }),
  };
}
