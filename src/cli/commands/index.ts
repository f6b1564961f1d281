import type { CommandDeclaration } from '../declaration.ts';
import { completeCommand } from './complete.ts';
import { completionCommand } from './completion.ts';
import { configCommand } from './config.ts';
import { daemonCommand } from './daemon.ts';
import { doctorCommand } from './doctor.ts';
import { envCommand } from './env.ts';
import { exportCommand } from './export.ts';
import { helpCommand } from './help.ts';
import { imagesCommand } from './images.ts';
import { importCommand } from './import.ts';
import { kindsCommand } from './kinds.ts';
import { listCommand } from './list.ts';
import { logsCommand } from './logs.ts';
import { openCommand } from './open.ts';
import { pruneCommand } from './prune.ts';
import { pullCommand } from './pull.ts';
import { pushCommand } from './push.ts';
import { restartCommand } from './restart.ts';
import { setupCommand } from './setup.ts';
import { shellCommand } from './shell.ts';
import { startCommand } from './start.ts';
import { stopCommand } from './stop.ts';
import { trustCommand } from './trust.ts';
import { urlCommand } from './url.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandDeclaration[] = [
  startCommand,
  listCommand,
  stopCommand,
  openCommand,
  urlCommand,
  logsCommand,
  shellCommand,
  restartCommand,
  imagesCommand,
  kindsCommand,
  envCommand,
  exportCommand,
  importCommand,
  pushCommand,
  pullCommand,
  trustCommand,
  pruneCommand,
  configCommand,
  daemonCommand,
  doctorCommand,
  setupCommand,
  completionCommand,
  helpCommand,
  completeCommand,
];
