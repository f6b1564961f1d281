import { complete } from '../complete.ts';
import { declareCommand } from '../declaration.ts';
import { argument } from '../declare-option.ts';

/** `ezj __complete -- WORDS…`, which the completion scripts call with the word under the cursor last. */
export const completeCommand = declareCommand({
  name: '__complete',
  summary: 'candidates for the word under the cursor',
  hidden: true,
  arguments: [argument('[WORDS...]', 'The words of the line, that under the cursor last')],
  async run({ args: [words], context, commands }) {
    const current = words.at(-1) ?? '';
    const { candidates, kind } = await complete({ commands, before: words.slice(0, -1), current, context });
    const lines = candidates.filter(([value]) => value.startsWith(current)).map((candidate) => candidate.join('\t'));
    context.output.text([...lines, `:${kind}`].join('\n'));
  },
});
