import os from 'node:os';
import { removeHalfStarted } from '../cleanup/half-started.ts';
import { SharedWork } from '../concurrency/shared-work.ts';
import { type ConfigStore, openConfigStore } from '../config/store.ts';
import { locateEngine } from '../engine/locate-engine.ts';
import { openEnvironmentRecords } from '../environments/records.ts';
import { openTrustStore, type TrustStore } from '../projects/trust-store.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { configDir, daemonPaths } from '../protocol/paths.ts';
import type { StopReport } from '../protocol/session.ts';
import type { Opened } from '../sessions/context.ts';
import { createDockerRuntime } from '../sessions/docker/docker-runtime.ts';
import { openHomeUses } from '../sessions/home-uses.ts';
import { holdHostnames, releaseHostname } from '../sessions/hostnames.ts';
import { Registry } from '../sessions/registry.ts';
import { orFailure } from './call-scope.ts';
import type { DaemonContext } from './context.ts';
import { isDebugging, log, logEngineCall } from './log.ts';

/** What a daemon keeps between calls. */
export interface DaemonState {
  startedAt: string;
  config: ConfigStore;
  /** The folder of the daemon's files, which only the user can read. */
  folder: string;
  /** Logs something that the user must know, and keeps it for the next call that can show it. */
  warn(text: string): void;
  /** Warnings that no caller has seen; reading clears them. */
  takeWarnings(): string[];
  /** The permissions that the user has granted. */
  trust: TrustStore;
  /** The context for sessions. Looks for an engine if none is known or the known one is gone. */
  context(): Promise<DaemonContext>;
  /** Where the engine was found; undefined if there is none yet. */
  engineSource(): string | undefined;
  /**
   * Whether the last search found an engine that this process may not use. A new process may, after its user has joined
   * a group.
   */
  denied(): boolean;
  runningSessions(): number;
  close(): void;
}

/** What belongs to an engine. */
type Found = Pick<DaemonContext, 'engine' | 'info' | 'runtime' | 'registry'>;

/** Creates the state of a new daemon. Does not call an engine yet. */
export function openState(env: NodeJS.ProcessEnv): DaemonState {
  const owner = env.EZJ_OWNER || defaultOwner();
  const warnings = new Set<string>();
  const reserved = { names: new Set<string>(), ports: new Set<number>() };
  const launches = new SharedWork<Opened>({ guard: orFailure });
  const stops = new SharedWork<StopReport>({ guard: orFailure });
  function warn(text: string): void {
    // The configuration file is read at each call, so the same warning would repeat.
    if (warnings.has(text)) return;
    log(text);
    warnings.add(text);
  }
  const config = openConfigStore({ dir: configDir(env), warn });
  const trust = openTrustStore({ dir: configDir(env) });
  const { stateDir, environments, homes } = daemonPaths(env);
  const records = openEnvironmentRecords(environments, { warn: log });
  const homeUses = openHomeUses(homes, { warn: log });
  let finding: Promise<Found> | undefined;
  let found: Found | undefined;
  let denied = false;

  /** Looks for an engine again if it went away, and removes leftovers of interrupted work. */
  function forget(): void {
    finding = undefined;
  }

  async function find(): Promise<Found> {
    const engine = await locateEngine({
      platform: process.platform,
      env,
      homeDir: os.homedir(),
      uid: process.getuid?.() ?? 0,
      trace: isDebugging(env) ? logEngineCall : undefined,
    });
    const info = await engine.info();
    await removeHalfStarted({ engine, owner, busy: (key) => launches.has(key) });
    log(`engine: ${info.product} ${info.version}, ${info.source}`);
    const runtime = createDockerRuntime({ engine, info, owner, records });
    const registry = new Registry({ runtime, onLost: forget, onUse: homeUses.noteUse, onEnd: releaseHostname });
    found = { engine, info, runtime, registry };
    await holdHostnames({ runtime });
    return found;
  }

  return {
    startedAt: new Date().toISOString(),
    config,
    folder: stateDir,
    warn,
    takeWarnings() {
      const texts = [...warnings];
      warnings.clear();
      return texts;
    },
    async context() {
      finding ??= find().catch((error) => {
        finding = undefined;
        denied = toEzjError(error).code === 'engine-permission';
        throw error;
      });
      const settings = config.read();
      return {
        ...(await finding),
        owner,
        reserved,
        records,
        homeUses,
        config: settings,
        kinds: settings.kinds,
        trust,
        launches,
        stops,
      };
    },
    trust,
    engineSource: () => found?.info.source,
    denied: () => denied,
    runningSessions: () => (found?.registry.runningCount ?? 0) + launches.size,
    close: () => found?.registry.close(),
  };
}

/** The default owner of sessions: the uid of the user, or the name on Windows. */
function defaultOwner(): string {
  const uid = process.getuid?.();
  if (uid !== undefined) return String(uid);
  const name = os.userInfo().username;
  if (name) return name;
  throw new EzjError({ code: 'internal', message: 'The user name is unknown.' });
}
