import type { Engine } from '../../../src/engine/engine.ts';
import { type Deferred, defer } from './deferred.ts';

/** The name of a method of an engine that answers with a promise. */
type Method = Exclude<keyof Engine, 'events'>;

/** A call that waits in front of the engine. */
export interface Held {
  /** Resolves with the first argument of the call. */
  reached: Promise<unknown>;
  letGo(): void;
}

/** What can be done to the calls of an engine. */
export interface Gates {
  /** Holds the next call of a method. */
  hold(method: Method): Held;
  /** Runs before each call of a method from now on; what it throws is the call's error. */
  before(method: Method, action: (argument: unknown) => void | Promise<void>): void;
}

/** The same engine, at whose calls a test can do something else: what happens between two calls of a launch, say. */
export function withGates<Whole extends Engine>(engine: Whole): Whole & Gates {
  const gates: { method: Method; reached: Deferred<unknown>; letGo: Deferred<void> }[] = [];
  const actions: Parameters<Gates['before']>[] = [];

  async function pass(method: string, argument: unknown): Promise<void> {
    const gate = gates.find((each) => each.method === method);
    if (gate) {
      gates.splice(gates.indexOf(gate), 1);
      gate.reached.resolve(argument);
      await gate.letGo.promise;
    }
    for (const [name, action] of actions) if (name === method) await action(argument);
  }

  const own: Gates = {
    hold(method) {
      const gate = { method, reached: defer<unknown>(), letGo: defer() };
      gates.push(gate);
      return { reached: gate.reached.promise, letGo: () => gate.letGo.resolve() };
    },
    before: (method, action) => void actions.push([method, action]),
  };
  return new Proxy(engine, {
    get(target, name: keyof Engine) {
      if (name in own) return own[name as keyof Gates];
      const value = target[name];
      if (typeof value !== 'function' || name === 'events' || !isAsync(name)) return value;
      return async (...args: unknown[]) => {
        await pass(name, args[0]);
        return (value as (...given: unknown[]) => unknown)(...args);
      };
    },
  }) as Whole & Gates;
}

/** What tests do behind an engine's back answers at once, and is no call of it. */
function isAsync(name: string): boolean {
  return !['addImage', 'addVolume', 'pause', 'unpause', 'write', 'cutEvents', 'kill'].includes(name);
}
