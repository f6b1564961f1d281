import { EzjError, toEzjError } from '../protocol/errors.ts';
import type { Session } from '../protocol/session.ts';
import type { Runtime, SessionChange, SessionDetails } from './runtime.ts';

/**
 * The sessions of the owner, in memory. Asks the runtime once, then follows its changes. When their stream ends, the
 * next call asks again. Stores nothing on disk.
 */
export class Registry {
  readonly #runtime: Runtime;
  readonly #onLost: () => void;
  readonly #onUse: (key: string) => void;
  readonly #onEnd: (session: Session) => void;
  readonly #starting = new Set<string>();
  readonly #sessions = new Map<string, Session>();
  #watching: Promise<void> | undefined;
  #stop: AbortController | undefined;

  /**
   * `onLost` is called when the runtime ends the stream of changes. `onUse` is called with the key of a session when it
   * begins, runs or ends, and `onEnd` with a session that no longer runs.
   */
  constructor(input: {
    runtime: Runtime;
    onLost: () => void;
    onUse: (key: string) => void;
    onEnd: (session: Session) => void;
  }) {
    const { runtime, onLost, onUse, onEnd } = input;
    this.#runtime = runtime;
    this.#onLost = onLost;
    this.#onUse = onUse;
    this.#onEnd = onEnd;
  }

  /** Lists all sessions, by name. */
  async list(): Promise<Session[]> {
    await this.#watch();
    return [...this.#sessions.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** The number of running sessions, as known without a call to the runtime. */
  get runningCount(): number {
    return [...this.#sessions.values()].filter(({ state }) => state !== 'stopped').length;
  }

  /** @throws `session-not-found`, with the existing names */
  async find(name: string): Promise<Session> {
    const sessions = await this.list();
    const session = sessions.find((candidate) => candidate.name === name);
    if (session) return session;
    throw new EzjError({
      code: 'session-not-found',
      message: `There is no session ${JSON.stringify(name)}.`,
      hint: sessions.length > 0 ? `Sessions: ${sessions.map((each) => each.name).join(', ')}` : 'Start one with `ezj`.',
    });
  }

  /** Reads one session again, if the caller knows of a change before it is told. */
  async refresh(id: string): Promise<void> {
    const details = await this.#runtime.inspect(id);
    if (details) this.note(details);
    else this.forget(id);
  }

  /** Updates a session with details that the runtime just returned. */
  note({ session }: Pick<SessionDetails, 'session'>): void {
    this.#sessions.set(session.container, session);
    if (session.state === 'stopped') this.#onEnd(session);
  }

  /** Marks the key as used by this process while `work` starts its session. */
  async starting<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    this.#starting.add(key);
    try {
      return await work();
    } finally {
      this.#starting.delete(key);
    }
  }

  /** Removes a session from the index after the caller has removed it. */
  forget(id: string): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    if (session) this.#onEnd(session);
  }

  /** Stops the watch. */
  close(): void {
    this.#stop?.abort();
  }

  /** Resolves when the index is complete and changes arrive. Only one attempt runs at a time. */
  #watch(): Promise<void> {
    this.#watching ??= this.#startWatching();
    return this.#watching;
  }

  #startWatching(): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    return new Promise((resolve, reject) => {
      const ended = (error: unknown) => {
        // A failed attempt ends its stream, which must not stop a newer watch.
        if (stop.signal.aborted) return;
        this.#watching = undefined;
        stop.abort();
        this.#onLost();
        reject(toEzjError(error));
      };
      let filled: Promise<void> | undefined;
      const onReady = () => {
        filled = this.#fill();
        filled.then(resolve, ended);
      };
      const changes = this.#runtime.changes({ signal: stop.signal, onReady });
      this.#apply(changes, () => filled).then(() => ended(new Error('The stream of changes ended.')), ended);
    });
  }

  async #fill(): Promise<void> {
    const known = await this.#runtime.list();
    this.#sessions.clear();
    for (const each of known) this.note(each);
    for (const { session, key } of known) if (session.state === 'running') this.#onUse(key);
    // Only details tell how a session has ended.
    const ended = known.filter(({ session: { state } }) => state !== 'running' && state !== 'starting');
    await Promise.all(ended.map(({ session }) => this.refresh(session.container)));
  }

  /**
   * Receives changes before the index is complete, and applies them after that. So no change is lost, and no older
   * state overwrites a newer one.
   */
  async #apply(changes: AsyncIterable<SessionChange>, filled: () => Promise<void> | undefined): Promise<void> {
    for await (const { id, key, what } of changes) {
      await filled();
      if (what === 'started' || what === 'ended') this.#onUse(key);
      if ((what === 'created' || what === 'started') && this.#starting.has(key)) continue;
      if (what === 'removed') this.forget(id);
      else await this.refresh(id);
    }
  }
}
