import { EventEmitter, on } from 'node:events';
import type { ContainerEvent, Engine } from '../../../src/engine/engine.ts';
import { gone } from './failure.ts';
import { hasLabels } from './labels.ts';

/** What containers go through, for everyone who follows it. */
export class ContainerEvents implements Pick<Engine, 'events'> {
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  #cut = new AbortController();

  emit(event: ContainerEvent): void {
    this.#emitter.emit('event', event);
  }

  /** Ends every stream, as an engine does that is restarted. */
  cut(): void {
    this.#cut.abort();
    this.#cut = new AbortController();
  }

  async *events(
    label: string,
    { signal, onReady }: { signal: AbortSignal; onReady?: () => void },
  ): AsyncGenerator<ContainerEvent> {
    try {
      const events = on(this.#emitter, 'event', { signal: AbortSignal.any([signal, this.#cut.signal]) });
      onReady?.();
      for await (const [event] of events as AsyncIterable<[ContainerEvent]>) {
        if (hasLabels(event.labels, [label])) yield event;
        if (signal.aborted) return;
      }
    } catch {
      if (signal.aborted) return;
      throw gone('follow container events');
    }
  }
}
