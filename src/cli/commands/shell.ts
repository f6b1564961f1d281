import process from 'node:process';
import type { Command } from 'commander';
import { EzjError } from '../../protocol/errors.ts';
import { type Context, contextOf } from '../context.ts';
import { pickRunning } from '../pick-session.ts';
import { runInSession } from '../terminal/session-terminal.ts';

/** `ezj shell [NAME] [-- CMD…]`: ends with the exit code of the command. */
export function defineShell(command: Command): void {
  command
    .usage('[options] [NAME] [-- CMD...]')
    .argument('[NAME]', "a session's name or folder (default: this folder)")
    .argument('[CMD...]', 'after "--": a command to run instead of a shell')
    .option('--json', 'exit code and output of the command as JSON')
    .action((_name: unknown, _words: unknown, _options: unknown, self: Command) =>
      shell(splitArguments(self), contextOf(self)),
    );
}

/** What is before `--` and what is after it: commander leaves the dashes out. */
function splitArguments(self: Command): { name?: string; cmd: string[] } {
  const raw = (self.parent as Command & { rawArgs: string[] }).rawArgs;
  const dashes = raw.indexOf('--');
  const cmd = dashes === -1 ? [] : raw.slice(dashes + 1);
  const [name, ...others] = self.args.slice(0, self.args.length - cmd.length);
  if (others.length === 0) return { name, cmd };
  throw new EzjError({
    code: 'usage',
    message: `shell takes one name, and ${others.join(' ')} came after it`,
    hint: `ezj shell ${name} -- ${others.join(' ')}`,
  });
}

async function shell({ name, cmd }: { name?: string; cmd: string[] }, { api, output }: Context): Promise<void> {
  if (output.json && cmd.length === 0) {
    throw new EzjError({ code: 'usage', message: 'shell --json takes a command: ezj shell --json -- CMD' });
  }
  const session = pickRunning(await api.sessions(), name);
  const command = { api, name: session.name, cmd };
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
