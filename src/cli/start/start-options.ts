import { type Command, Option } from 'commander';
import { parseBind } from '../options/bind.ts';
import { parseCpus } from '../options/cpus.ts';
import { parseGpus } from '../options/gpus.ts';
import { parseImage } from '../options/image.ts';
import { parseKind } from '../options/kind.ts';
import { parseName } from '../options/name.ts';
import { parsePort } from '../options/port.ts';
import { parseRVersion } from '../options/r-version.ts';
import { sizeParser } from '../options/size.ts';
import { parseStack, STACK_NAMES } from '../options/stack.ts';

/** The options of `ezj [DIR|NOTEBOOK]` as commander gives them. */
export interface StartOptions {
  r?: boolean;
  rstudio?: boolean;
  kind?: string;
  stack?: string;
  rVersion?: string;
  2?: boolean;
  3?: boolean;
  quick?: boolean;
  update?: boolean;
  image?: string;
  noEnv?: boolean;
  port?: number;
  detach?: boolean;
  timings?: boolean;
  /** False with `--no-open`. */
  open: boolean;
  mount?: string[];
  ro?: boolean;
  env?: string[];
  envFile?: string[];
  cpus?: number;
  memory?: number;
  shmSize?: number;
  gpus?: 'all' | number;
  name?: string;
  bind?: string;
  into?: string;
  yes?: boolean;
  json?: boolean;
}

const MIB = 2 ** 20;

/** Adds the argument and the options of a start. */
export function addStartOptions(command: Command): Command {
  return command
    .argument('[DIR|NOTEBOOK]', 'a folder, a notebook file in one, or the address of a git repository', '.')
    .option('-R, --r', 'R instead of Python (also -r)')
    .addOption(new Option('-r', 'R instead of Python').hideHelp())
    .option('--rstudio', 'RStudio, signed in')
    .option('--r-version <VERSION>', 'with --rstudio: this version of R, such as 4.5', parseRVersion)
    .option('--kind <NAME>', 'another kind of notebook: ezj kinds lists them', parseKind)
    .option('--stack <NAME>', `an official Jupyter image: ${STACK_NAMES.join(', ')}`, parseStack)
    .option('-3', 'Python 3: the default')
    .addOption(new Option('-2', 'refused: Python 2 is over').hideHelp())
    .option('-q, --quick', 'start with what is here: never pull or build an image')
    .option('-u, --update', 'pull or build the image anew')
    .option('--image <REF>', 'this image, such as quay.io/jupyter/scipy-notebook', parseImage)
    .addOption(noEnv())
    .option(
      '-p, --port <N>',
      'the port on this machine, 1 to 65535 (default: the one of last time, or a free one)',
      parsePort,
    )
    .option('-d, --detach', 'return when the session is ready; it goes on')
    .option('--no-open', 'do not open the browser')
    .option('--timings', 'show how long each part of the start took')
    .option(
      '-v, --mount <SRC[:DST[:ro]]>',
      'another folder in the container, at /mnt/NAME or DST (repeatable)',
      collect,
    )
    .option('--ro', 'the project folder is read-only in the container')
    .option('-e, --env <KEY[=VALUE]>', 'a variable; without =VALUE, the one that you have (repeatable)', collect)
    .option('--env-file <FILE>', 'a file of KEY=VALUE lines (repeatable)', collect)
    .option('--cpus <N>', 'at most so many CPUs, such as 2 or 0.5', parseCpus)
    .option('--memory <SIZE>', 'at most so much memory, such as 512m or 4g', sizeParser('--memory', 64 * MIB))
    .option('--shm-size <SIZE>', 'the size of /dev/shm, such as 2g', sizeParser('--shm-size', MIB))
    .option('--gpus <N|all>', 'GPUs for the session', parseGpus)
    .option('--name <NAME>', "the session's name (default: from the folder's)", parseName)
    .option('--bind <ADDR>', 'listen on this address; all but 127.0.0.1 lets other machines in', parseBind)
    .option('--into <DIR>', 'with the address of a repository: clone it into this folder (default: its name, here)')
    .option(
      '-y, --yes',
      'ask nothing: set up an engine where none is, accept your home folder as project, agree to ezj.yaml',
    )
    .option('--json', 'JSON on stdout; events and errors as lines of JSON on stderr');
}

/** Commander would take `--no-env` for the negation of `--env`. */
function noEnv(): Option {
  const option = new Option('--no-env', 'leave aside what the files say about the environment (ezj env shows it)');
  option.negate = false;
  option.attributeName = () => 'noEnv';
  return option;
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
