import type { Command } from 'commander';
import { EzjError } from '../../protocol/errors.ts';
import { COMPLETION_SCRIPTS } from '../completion-scripts.ts';
import { createOutput } from '../terminal/output.ts';

/** `ezj completion`. */
export function defineCompletion(command: Command): void {
  command
    .argument('<SHELL>', Object.keys(COMPLETION_SCRIPTS).join(', '))
    .option('--json', 'the script as JSON')
    .addHelpText(
      'after',
      '\nbash: source <(ezj completion bash), in ~/.bashrc; zsh likewise;\nfish: ezj completion fish | source, in ~/.config/fish/config.fish',
    )
    .action((shell: string, options: { json?: boolean }) => {
      const script = COMPLETION_SCRIPTS[shell];
      if (script === undefined) {
        const accepted = Object.keys(COMPLETION_SCRIPTS).join(', ');
        throw new EzjError({
          code: 'usage',
          message: `completion ${JSON.stringify(shell)} is not accepted: ${accepted}`,
        });
      }
      createOutput({ json: options.json ?? false }).result({ shell, script }, script);
    });
}
