import process from 'node:process';
import { EzjError } from '../../protocol/errors.ts';
import type { Context } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { argument } from '../declare-option.ts';
import { SESSION } from '../options/shared.ts';
import { pickRunning } from '../pick-session.ts';
import { runInSession } from '../terminal/session-terminal.ts';

/** `ezj shell [NAME] [-- CMD…]`: ends with the exit code of the command. */
export const shellCommand = declareCommand({
  name: 'shell',
  summary: 'a shell, or one command, in a session',
  usage: '[NAME] [-- CMD…]',
  json: 'Print exit code and output of the command as JSON.',
  arguments: [SESSION, argument('[CMD...]', 'After "--": a command to run instead of a shell')],
  run: ({ args, afterDashes, context }) => shell(splitArguments(args, afterDashes), context),
});

/** What is before `--` and what is after it: among the arguments they stand together. */
function splitArguments(
  [first, rest]: [string | undefined, string[]],
  afterDashes: string[],
): { name?: string; cmd: string[] } {
  const words = first === undefined ? [] : [first, ...rest];
  const [name, ...others] = words.slice(0, words.length - afterDashes.length);
  if (others.length === 0) return { name, cmd: afterDashes };
  throw new EzjError({
    code: 'usage',
    message: `shell takes one name, and ${others.join(' ')} came after it`,
    hint: `ezj shell ${name} -- ${others.join(' ')}`,
  });
}

async function shell({ name, cmd }: { name?: string; cmd: string[] }, { client, output }: Context): Promise<void> {
  if (output.json && cmd.length === 0) {
    throw new EzjError({ code: 'usage', message: 'shell --json takes a command: ezj shell --json -- CMD' });
  }
  const session = pickRunning(await client.call('GET /v1/sessions', { query: {} }), name);
  const command = { client, name: session.name, cmd };
  if (!output.json) {
    const onTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
    process.exitCode = await runInSession({ ...command, onTerminal, write: output.raw, writeError: output.rawError });
    return;
  }
  const printed: { isError: boolean; bytes: Uint8Array }[] = [];
  const exitCode = await runInSession({
    ...command,
    onTerminal: false,
    write: (bytes) => printed.push({ isError: false, bytes }),
    writeError: (bytes) => printed.push({ isError: true, bytes }),
  });
  const text = (parts: typeof printed) => Buffer.concat(parts.map(({ bytes }) => bytes)).toString('utf8');
  process.exitCode = exitCode;
  output.result(
    {
      exitCode,
      output: text(printed),
      stdout: text(printed.filter(({ isError }) => !isError)),
      stderr: text(printed.filter(({ isError }) => isError)),
    },
    '',
  );
}
