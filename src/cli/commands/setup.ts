import type { Command } from 'commander';
import { formatCommand } from '../../setup/plan.ts';
import { type Context, contextOf } from '../context.ts';
import { setUpEngine } from '../setup-engine.ts';

/** `ezj setup`. */
export function defineSetup(command: Command): void {
  command
    .option('-y, --yes', 'run the commands without asking')
    .option('--json', 'what was done as JSON')
    .action((options: { yes?: boolean }, self: Command) => setup(options, contextOf(self)));
}

async function setup({ yes = false }: { yes?: boolean }, { output }: Context): Promise<void> {
  const { reason, steps, needsNewLogin } = await setUpEngine({ output, yes });
  if (output.json) {
    return output.result({ reason, commands: steps.map(({ command }) => formatCommand(command)), needsNewLogin }, '');
  }
  if (steps.length > 0)
    output.note(
      needsNewLogin
        ? 'Done. Type ezj in any folder; where it may not use the engine yet, log in again first.'
        : 'Done. Type ezj in any folder.',
    );
}
