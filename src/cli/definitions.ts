import type { Command } from 'commander';
import { defineComplete } from './commands/complete.ts';
import { defineCompletion } from './commands/completion.ts';
import { defineConfig } from './commands/config.ts';
import { defineDaemon } from './commands/daemon.ts';
import { defineDoctor } from './commands/doctor.ts';
import { defineEnv } from './commands/env.ts';
import { defineExport } from './commands/export.ts';
import { defineHelp } from './commands/help.ts';
import { defineImages } from './commands/images.ts';
import { defineImport } from './commands/import.ts';
import { defineKinds } from './commands/kinds.ts';
import { defineList } from './commands/list.ts';
import { defineLogs } from './commands/logs.ts';
import { defineOpen } from './commands/open.ts';
import { definePrune } from './commands/prune.ts';
import { definePull } from './commands/pull.ts';
import { definePush } from './commands/push.ts';
import { defineRestart } from './commands/restart.ts';
import { defineSetup } from './commands/setup.ts';
import { defineShell } from './commands/shell.ts';
import { defineStart } from './commands/start.ts';
import { defineStop } from './commands/stop.ts';
import { defineTrust } from './commands/trust.ts';
import { defineUrl } from './commands/url.ts';

/** What adds arguments, options and action to each command. */
export const DEFINITIONS: Record<string, (command: Command) => void> = {
  start: defineStart,
  list: defineList,
  stop: defineStop,
  open: defineOpen,
  url: defineUrl,
  logs: defineLogs,
  shell: defineShell,
  restart: defineRestart,
  images: defineImages,
  kinds: defineKinds,
  env: defineEnv,
  export: defineExport,
  import: defineImport,
  push: definePush,
  pull: definePull,
  trust: defineTrust,
  prune: definePrune,
  config: defineConfig,
  daemon: defineDaemon,
  doctor: defineDoctor,
  setup: defineSetup,
  completion: defineCompletion,
  help: defineHelp,
  __complete: defineComplete,
};
