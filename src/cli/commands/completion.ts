import { EzjError } from '../../protocol/errors.ts';
import { COMPLETION_SCRIPTS } from '../completion-scripts.ts';
import { declareCommand } from '../declaration.ts';
import { argument } from '../declare-option.ts';

const SHELLS = Object.keys(COMPLETION_SCRIPTS);

/** `ezj completion`. */
export const completionCommand = declareCommand({
  name: 'completion',
  summary: 'print the completion script of a shell',
  brief: SHELLS.join('|'),
  json: 'Print the script as JSON.',
  arguments: [argument('<SHELL>', SHELLS.join(', '), { completes: SHELLS })],
  notes:
    'bash: source <(ezj completion bash), in ~/.bashrc; zsh likewise;\nfish: ezj completion fish | source, in ~/.config/fish/config.fish',
  run({ args: [shell], context }) {
    const script = COMPLETION_SCRIPTS[shell];
    if (script === undefined) {
      throw new EzjError({
        code: 'usage',
        message: `completion ${JSON.stringify(shell)} is not accepted: ${SHELLS.join(', ')}`,
      });
    }
    context.output.result({ shell, script }, script);
  },
});
