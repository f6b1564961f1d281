import type { Engine, EngineInfo } from '../../engine/engine.ts';
import { toEzjError } from '../../protocol/errors.ts';
import type { Report } from '../../protocol/events.ts';
import { SESSION_NETWORK } from '../../protocol/labels.ts';

const ensured = new WeakMap<Engine, Promise<string | undefined>>();

/**
 * The network for a new session; undefined if this engine cannot separate containers, which is reported. Asks the engine
 * once.
 */
export async function sessionNetwork(
  { engine, info }: { engine: Engine; info: EngineInfo },
  report: Report,
): Promise<string | undefined> {
  // docs/security.md says what Podman does instead.
  if (info.product === 'podman') return undefined;
  const ensuring = ensured.get(engine) ?? engine.ensureSeparatingNetwork(SESSION_NETWORK).then(() => SESSION_NETWORK);
  ensured.set(engine, ensuring);
  try {
    return await ensuring;
  } catch (error) {
    ensured.delete(engine);
    const text = `sessions on this engine can reach each other over the network: ${toEzjError(error).message}`;
    report({ type: 'warning', text });
    return undefined;
  }
}
