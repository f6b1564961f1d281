import os from 'node:os';
import { removeHalfStarted } from '../cleanup/half-started.ts';
import { SharedWork } from '../concurrency/shared-work.ts';
import { type ConfigStore, openConfigStore } from '../config/store.ts';
import type { Engine, EngineInfo } from '../engine/engine.ts';
import { locateEngine } from '../engine/locate-engine.ts';
import { openEnvironmentRecords } from '../environments/records.ts';
import { openTrustStore, type TrustStore } from '../projects/trust-store.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { configDir, daemonPaths } from '../protocol/paths.ts';
import type { StopReport } from '../protocol/session.ts';
import type { DaemonContext, Opened } from '../sessions/context.ts';
import { openHomeUses } from '../sessions/home-uses.ts';
import { holdHostnames } from '../sessions/hostnames.ts';
import { Registry } from '../sessions/registry.ts';
import { orFailure } from './call-scope.ts';
import { isDebugging, log, logEngineCall } from './log.ts';

/** What the daemon has while it runs: the engine once it is found, and the work that is under way. */
export interface DaemonState {
  startedAt: string;
  config: ConfigStore;
  /** Warnings about the configuration file that no caller has been told yet; reading empties it. */
  takeWarnings(): string[];
  /** Which contents of project files the user has agreed to. */
  trust: TrustStore;
  /** What sessions work with; the engine is looked for where none is known or the known one is gone. */
  context(): Promise<DaemonContext>;
  /** Where the engine was found; undefined while none was. */
  engineSource(): string | undefined;
  /** The last search found an engine that this process may not open: one started later may, when its user has joined a group. */
  denied(): boolean;
  runningSessions(): number;
  close(): void;
}

interface Found {
  engine: Engine;
  info: EngineInfo;
  registry: Registry;
}

/** The state of a daemon that has just started; nothing is asked of an engine yet. */
export function openState(env: NodeJS.ProcessEnv): DaemonState {
  const owner = env.EZJ_OWNER || defaultOwner();
  const warnings = new Set<string>();
  const reserved = { names: new Set<string>(), ports: new Set<number>() };
  const launches = new SharedWork<Opened>({ guard: orFailure });
  const stops = new SharedWork<StopReport>({ guard: orFailure });
  const config = openConfigStore({
    dir: configDir(env),
    warn(text) {
      // The file is read at each call, and says the same until somebody mends it.
      if (warnings.has(text)) return;
      log(text);
      warnings.add(text);
    },
  });
  const trust = openTrustStore({ dir: configDir(env) });
  const { environments, homes } = daemonPaths(env);
  const records = openEnvironmentRecords(environments, { warn: log });
  const homeUses = openHomeUses(homes, { warn: log });
  let finding: Promise<Found> | undefined;
  let found: Found | undefined;
  let denied = false;

  /** An engine that went away is looked for anew, and what was half done when it went is cleared away. */
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
    found = { engine, info, registry: new Registry({ engine, owner, onLost: forget, onUse: homeUses.noteUse }) };
    await holdHostnames({ engine, owner });
    return found;
  }

  return {
    startedAt: new Date().toISOString(),
    config,
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

/** Sessions belong to a user of this machine: the uid, or the name on Windows. */
function defaultOwner(): string {
  const uid = process.getuid?.();
  if (uid !== undefined) return String(uid);
  const name = os.userInfo().username;
  if (name) return name;
  throw new EzjError({ code: 'internal', message: 'The user name is unknown.' });
}
