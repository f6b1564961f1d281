import process from 'node:process';
import { toEzjError } from '../protocol/errors.ts';
import { list } from './commands/list.ts';
import { createContext } from './context.ts';
import { createOutput } from './terminal/output.ts';

/** The help of `ezj`, which the build has made of the declared commands: to make it here would cost reading all of them. */
declare const ROOT_HELP: string;

const argv = process.argv.slice(2);
const ownArguments = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
const output = createOutput({ json: ownArguments.includes('--json') });

run().catch(async (error: unknown) => {
  process.exitCode = (await runAgain(error)) ?? output.error(error);
});

async function run(): Promise<void> {
  if (argv.length === 1 && /^(--help|-h|help)$/.test(argv[0] ?? '')) {
    return output.text(ROOT_HELP);
  }
  // What prompts and scripts ask most often has nothing to parse: commander would be a fifth of its time.
  if (/^(list|ls)( --json)?$/.test(argv.join(' '))) {
    // Loading the code of a stream takes 5 ms, which the daemon can have for its answer.
    setImmediate(() => process.stdout);
    await list(createContext(output));
    return exitAtOnce();
  }
  // The one split of ezj's own code: each further file would cost more than the code that it spares.
  const { runProgram } = await import('./program.ts');
  await runProgram(argv, output);
}

/** Ends this process as soon as all is written: node takes 2 ms more to find that nothing is left to do. A note on stderr never waits. */
function exitAtOnce(): void {
  if (process.stdout.writableLength === 0) process.exit();
}

/** Of the errors, one may be over with a group that the user has joined since the login. */
async function runAgain(error: unknown): Promise<number | undefined> {
  if (toEzjError(error).code !== 'engine-permission') return undefined;
  const { runAgainAfterJoining } = await import('./program.ts');
  return runAgainAfterJoining().catch(() => undefined);
}
