import { Readable } from 'node:stream';
import { cancelled } from '../../../src/engine/engine-call.ts';

/** What a container has printed, and whoever follows it. */
export class LogBuffer {
  #text = '';
  readonly #followers = new Set<(text: string | undefined) => void>();

  write(text: string): void {
    this.#text += text;
    for (const follow of this.#followers) follow(text);
  }

  /** The container has ended. */
  end(): void {
    for (const follow of [...this.#followers]) follow(undefined);
  }

  /** All of it, or the last lines; with `until`, what comes until the end too. */
  read(what: string, { tail, live, signal }: { tail?: number; live: boolean; signal?: AbortSignal }): Readable {
    const stream = new Readable({ encoding: 'utf8', read() {} });
    const past = tail === undefined ? this.#text : lastLines(this.#text, tail);
    if (past !== '') stream.push(past);
    if (!live) {
      stream.push(null);
      return stream;
    }
    const follow = (text: string | undefined) => stream.push(text ?? null);
    const cancel = () => stream.destroy(cancelled(what));
    this.#followers.add(follow);
    signal?.addEventListener('abort', cancel, { once: true });
    stream.once('close', () => {
      this.#followers.delete(follow);
      signal?.removeEventListener('abort', cancel);
    });
    return stream;
  }
}

function lastLines(text: string, count: number): string {
  const lines = text.split(/(?<=\n)/);
  return lines.slice(Math.max(0, lines.length - count)).join('');
}
