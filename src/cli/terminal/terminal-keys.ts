import process from 'node:process';

/** What keys do: single characters, `ctrl-c`, and `end` where the terminal is gone. */
export type KeyActions = Partial<Record<string, () => void>>;

/** Listens to single keys in raw mode. Gives the function that ends it; the terminal's mode is restored in any case. */
export function listenToKeys(actions: KeyActions): () => void {
  const { stdin } = process;
  const restore = () => {
    stdin.setRawMode(false);
  };
  const onData = (chunk: Buffer) => {
    for (const character of chunk.toString('latin1')) {
      if (character === '\x1a') suspend();
      else actions[character === '\x03' ? 'ctrl-c' : character.toLowerCase()]?.();
    }
  };
  const onEnd = () => actions.end?.();
  // In raw mode Ctrl-Z is a character like any other: the shell's job control still has to work.
  const suspend = () => {
    restore();
    process.once('SIGCONT', () => stdin.setRawMode(true));
    process.kill(process.pid, 'SIGTSTP');
  };
  stdin.setRawMode(true);
  stdin.on('data', onData).on('end', onEnd).on('error', onEnd);
  // A question that was asked before has paused it, and a listener alone does not undo that.
  stdin.resume();
  process.on('exit', restore);
  return () => {
    stdin.off('data', onData).off('end', onEnd).off('error', onEnd);
    process.off('exit', restore);
    restore();
    stdin.pause();
  };
}
