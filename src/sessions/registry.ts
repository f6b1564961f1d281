import type { ContainerDetails, ContainerEvent, Engine } from '../engine/engine.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { LABEL, ownedBy, sessionsOf } from '../protocol/labels.ts';
import type { Session } from '../protocol/session.ts';
import { sessionOf } from './labels.ts';

/**
 * The sessions of the owner, in memory. Asks the engine once, then follows its events. When the event stream ends, the
 * next call asks again. Stores nothing on disk.
 */
export class Registry {
  readonly #engine: Engine;
  readonly #owner: string;
  readonly #onLost: () => void;
  readonly #onUse: (key: string) => void;
  readonly #starting = new Set<string>();
  readonly #sessions = new Map<string, Session>();
  #watching: Promise<void> | undefined;
  #stop: AbortController | undefined;

  /**
   * `onLost` is called when the engine ends the event stream. `onUse` is called with the key of a session when it
   * begins, runs or ends.
   */
  constructor(input: { engine: Engine; owner: string; onLost: () => void; onUse: (key: string) => void }) {
    const { engine, owner, onLost, onUse } = input;
    this.#engine = engine;
    this.#owner = owner;
    this.#onLost = onLost;
    this.#onUse = onUse;
  }

  /** Lists all sessions, by name. */
  async list(): Promise<Session[]> {
    await this.#watch();
    return [...this.#sessions.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** The number of running sessions, as known without a call to the engine. */
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

  /** Reads one container again, if the caller knows of a change before the event arrives. */
  async refresh(container: string): Promise<void> {
    const details = await this.#engine.inspectContainer(container);
    if (details && details.state !== 'removing') this.note(details);
    else this.#sessions.delete(container);
  }

  /** Updates a container with details that the engine just returned. */
  note(details: ContainerDetails): void {
    this.#sessions.set(details.id, sessionOf(details));
  }

  /** Marks the key as used by this process while `work` creates and starts its container. */
  async starting<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    this.#starting.add(key);
    try {
      return await work();
    } finally {
      this.#starting.delete(key);
    }
  }

  /** Removes a container from the index after the caller has removed it. */
  forget(container: string): void {
    this.#sessions.delete(container);
  }

  /** Stops the watch. */
  close(): void {
    this.#stop?.abort();
  }

  /** Resolves when the index is complete and events arrive. Only one attempt runs at a time. */
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
      const events = this.#engine.events(ownedBy(this.#owner), { signal: stop.signal, onReady });
      this.#apply(events, () => filled).then(() => ended(new Error('The event stream ended.')), ended);
    });
  }

  async #fill(): Promise<void> {
    const containers = await this.#engine.listContainers(sessionsOf(this.#owner));
    this.#sessions.clear();
    for (const container of containers) this.#sessions.set(container.id, sessionOf(container));
    for (const { state, labels } of containers) if (state === 'running') this.#onUse(labels[LABEL.key] ?? '');
    const ended = containers.filter(({ state }) => state !== 'running' && state !== 'created');
    await Promise.all(ended.map(({ id }) => this.refresh(id)));
  }

  /**
   * Receives events before the index is complete, and applies them after that. So no event is lost, and no older state
   * overwrites a newer one.
   */
  async #apply(events: AsyncIterable<ContainerEvent>, filled: () => Promise<void> | undefined): Promise<void> {
    for await (const event of events) {
      await filled();
      if (event.labels[LABEL.session] === undefined) continue;
      if (event.action === 'start' || event.action === 'die') this.#onUse(event.labels[LABEL.key] ?? '');
      if (/^(create|start)$/.test(event.action) && this.#starting.has(event.labels[LABEL.key] ?? '')) continue;
      if (event.action === 'destroy') this.forget(event.container);
      else await this.refresh(event.container);
    }
  }
}
