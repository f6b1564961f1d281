import { formatCommand } from '../../setup/plan.ts';
import type { Context } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { flag } from '../declare-option.ts';
import { setUpEngine } from '../setup-engine.ts';

/** `ezj setup`. */
export const setupCommand = declareCommand({
  name: 'setup',
  summary: 'install and start a container engine',
  together: { with: 'doctor', summary: 'check what sessions need; install an engine' },
  json: 'Print what was done as JSON.',
  options: { yes: flag('-y, --yes', 'Run the commands without asking.') },
  run: ({ options, context }) => setup(options, context),
});

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
