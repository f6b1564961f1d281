import type { OptionValues } from '../declaration.ts';
import { flag, inGroup, option, repeatable, switchOff } from '../declare-option.ts';
import { parseBind } from '../options/bind.ts';
import {
  parseCpus,
  parseGpus,
  parseImage,
  parseKind,
  parseName,
  parsePort,
  parseRVersion,
  sizeParser,
} from '../options/parsers.ts';
import { parseStack, STACK_NAMES } from '../options/stack.ts';

const MIB = 2 ** 20;

const NOTEBOOK_OPTIONS = {
  r: flag('-R, --r', 'R instead of Python', { also: '-r', brief: 'R' }),
  rstudio: flag('--rstudio', 'RStudio, signed in. An .Rproj file as argument does the same.', {
    brief: 'RStudio',
    page: 'rstudio.md',
  }),
  rVersion: option('--r-version <VERSION>', 'With --rstudio: this version of R, such as 4.5', { parse: parseRVersion }),
  kind: option('--kind <NAME>', 'Another kind of notebook; ezj kinds lists them', {
    parse: parseKind,
    completes: 'kinds',
    page: 'kinds.md',
  }),
  stack: option('--stack <NAME>', `An official Jupyter image: ${STACK_NAMES.join(', ')}`, {
    parse: parseStack,
    completes: STACK_NAMES,
    page: 'kinds.md#kinds-that-come-with-ezj',
  }),
  python3: flag('-3', 'Python 3, the default'),
  python2: flag('-2', 'Refused: Python 2 is over', { hidden: true }),
};

const IMAGE_OPTIONS = {
  quick: flag('-q, --quick', 'Use what is on this machine. Never pull or build.', { brief: 'never pull or build' }),
  update: flag('-u, --update', 'Pull or build the image again.', { brief: 'do it anew' }),
  image: option('--image <REF>', 'Use this image. The packages that the project asks for are installed on it.', {
    parse: parseImage,
  }),
  noEnv: flag('--no-env', 'Ignore the environment that the project asks for; ezj env shows it.', {
    page: 'environments.md',
  }),
};

const SESSION_OPTIONS = {
  mount: repeatable('-v, --mount <SRC[:DST[:ro]]>', 'Add a folder, at DST or /mnt/NAME.', {
    brief: 'another folder',
    completes: 'files',
  }),
  ro: flag('--ro', 'Make the project read-only in the container.'),
  env: repeatable('-e, --env <KEY[=VALUE]>', 'Set a variable. Without =VALUE, pass on your own.'),
  envFile: repeatable('--env-file <FILE>', 'Set variables from a file of KEY=VALUE lines.', { completes: 'files' }),
  cpus: option('--cpus <N>', 'CPU limit, such as 2 or 0.5', { parse: parseCpus }),
  memory: option('--memory <SIZE>', 'Memory limit, such as 512m or 4g', { parse: sizeParser('--memory', 64 * MIB) }),
  shmSize: option('--shm-size <SIZE>', 'Size of /dev/shm, such as 2g', { parse: sizeParser('--shm-size', MIB) }),
  gpus: option('--gpus <N|all>', 'GPUs', { parse: parseGpus, completes: ['all'] }),
};

const RUN_OPTIONS = {
  detach: flag('-d, --detach', 'Return when the session is ready.', { brief: 'do not stay' }),
  port: option('-p, --port <N>', 'Use this port of your machine (default: the one of last time, or a free one).', {
    parse: parsePort,
    brief: 'this port',
  }),
  name: option('--name <NAME>', "Give the session this name (default: from the folder's).", {
    parse: parseName,
    brief: 'this name',
  }),
  yes: flag('-y, --yes', "Ask nothing: set up an engine, accept / or your home folder, trust the project's files.", {
    brief: 'ask nothing',
  }),
  open: switchOff('--no-open', 'Open no browser.', { brief: 'no browser' }),
  timings: flag('--timings', 'Show how long each part of the start takes.'),
  bind: option('--bind <ADDR>', 'Listen on this address. Any address but loopback lets other machines in.', {
    parse: parseBind,
  }),
  into: option('--into <DIR>', 'With a repository: clone it into this folder (default: its name, here).', {
    completes: 'files',
  }),
};

/** The options of `ezj [DIR|NOTEBOOK]`. */
export const START_OPTIONS = {
  ...inGroup('Choose the notebook', NOTEBOOK_OPTIONS),
  ...inGroup('Choose the image', IMAGE_OPTIONS),
  ...inGroup('Choose what the session gets', SESSION_OPTIONS),
  ...inGroup('Choose how the session runs', RUN_OPTIONS),
};

/** Their values. */
export type StartOptions = OptionValues<typeof START_OPTIONS>;
