import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';

/** For each pair: the real one stands aside, the link takes its place, and both go back. */
const SWAP = `
  const { renameSync } = require('node:fs');
  const { workerData: { paths, flag }, parentPort } = require('node:worker_threads');
  const isEnding = () => Atomics.load(new Int32Array(flag), 0) === 1;
  parentPort.postMessage('begun');
  while (!isEnding()) {
    for (const path of paths) {
      renameSync(path, path + '-real');
      renameSync(path + '-link', path);
      renameSync(path, path + '-link');
      renameSync(path + '-real', path);
    }
  }
`;

/**
 * Swaps each path for the link beside it, whose name ends in `-link`, and back, as fast as it can: what a session can do
 * to its project at any moment. Resolves when it has begun. The returned function ends it when all is back in its place.
 */
export async function swapForLinks(paths: string[]): Promise<() => Promise<void>> {
  const flag = new SharedArrayBuffer(4);
  const swapping = new Worker(SWAP, { eval: true, workerData: { paths, flag } });
  const ended = new Promise<void>((resolve) => swapping.once('exit', () => resolve()));
  onTestFinished(() => void swapping.terminate());
  await new Promise((resolve) => swapping.once('message', resolve));
  return () => {
    Atomics.store(new Int32Array(flag), 0, 1);
    return ended;
  };
}
