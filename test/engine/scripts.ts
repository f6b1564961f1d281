import { type Program, type Programs, sleep } from '../environment/memory-engine/process.ts';

const programs = new Map<string, Program>();

/** A command that does the same on each engine: a shell script on a real one, a function on the one in memory. */
export function script(text: string, program: Program): string[] {
  programs.set(text, program);
  return ['sh', '-c', text];
}

/** The programs of the images of these tests. */
export const testPrograms: Programs = ([name = '', , text = '']) => {
  if (name === 'sleep') return sleep;
  if (name === 'true') return () => 0;
  return name === 'sh' ? programs.get(text) : undefined;
};

/** Sleeps for longer than a test takes. */
export const SLEEP = ['sleep', '1000'];
