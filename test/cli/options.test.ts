import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { leftovers, NOTHING, runJson } from './notebooks.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
  await writeFile(path.join(sandbox.project, 'notes.txt'), 'no notebook');
  await writeFile(path.join(sandbox.project, 'vars'), 'GOOD=1\nno value\n');
});

afterAll(async () => {
  // Nothing of all this reaches the daemon, let alone the engine.
  expect(await runJson(sandbox, ['daemon', 'status'])).toEqual({ running: false });
  expect(await leftovers(sandbox)).toEqual(NOTHING);
  await sandbox.cleanup();
});

/** What is typed, and what the one line on stderr has to hold: the option, the value, what is accepted. */
const WRONG: [string[], string[]][] = [
  [
    ['-p', '0'],
    ['--port "0"', '1 to 65535'],
  ],
  [
    ['-p', '65536'],
    ['--port "65536"', '1 to 65535'],
  ],
  [
    ['--port', 'http'],
    ['--port "http"', '1 to 65535'],
  ],
  [['--port=-1'], ['--port "-1"', '1 to 65535']],
  [['-p'], ["'-p, --port <N>'", 'missing']],
  [
    ['--cpus', '0'],
    ['--cpus "0"', '0.5'],
  ],
  [
    ['--cpus', 'two'],
    ['--cpus "two"', '0.5'],
  ],
  [
    ['--memory', '1'],
    ['--memory "1"', '64m'],
  ],
  [
    ['--memory', '12x'],
    ['--memory "12x"', '4GiB'],
  ],
  [['--memory=-4g'], ['--memory "-4g"', '4GiB']],
  [
    ['--shm-size', '1k'],
    ['--shm-size "1k"', '1m'],
  ],
  [
    ['--gpus', 'some'],
    ['--gpus "some"', '"all"'],
  ],
  [
    ['--gpus', '0'],
    ['--gpus "0"', '"all"'],
  ],
  [
    ['--name', 'Not A Name'],
    ['--name "Not A Name"', 'a-z, 0-9'],
  ],
  [
    ['--name', '-x-'],
    ['--name "-x-"', 'a-z, 0-9'],
  ],
  [
    ['--name', 'x'.repeat(41)],
    [`--name "${'x'.repeat(41)}"`, '1 to 40'],
  ],
  [
    ['--bind', 'example.org'],
    ['--bind "example.org"', '127.0.0.1'],
  ],
  [
    ['--bind', '256.0.0.1'],
    ['--bind "256.0.0.1"', '127.0.0.1'],
  ],
  [
    ['-e', '1X=2'],
    ['--env "1X=2"', 'KEY=VALUE'],
  ],
  [
    ['-e', '=x'],
    ['--env "=x"', 'KEY=VALUE'],
  ],
  [
    ['-e', 'NOT_SET_ANYWHERE'],
    ['--env "NOT_SET_ANYWHERE"', 'KEY=VALUE'],
  ],
  [
    ['--env-file', 'vars'],
    ['--env-file "', 'vars:2', 'KEY=VALUE'],
  ],
  [
    ['-v', ''],
    ['--mount ""', 'SRC:DST'],
  ],
  [
    ['-v', '.:relative'],
    ['--mount ".:relative"', 'SRC:DST'],
  ],
  [
    ['-v', '.:/'],
    ['--mount ".:/"', 'SRC:DST'],
  ],
  [
    ['-v', '.:/x', '-v', '..:/x'],
    ['--mount "..:/x"', 'another target than /x'],
  ],
  [
    ['-v', 'type=volume,source=a,target=/b'],
    ['--mount "type=volume', 'type=bind'],
  ],
  [
    ['-v', 'missing:/x'],
    ['--mount "missing"', 'there is no'],
  ],
  [
    ['--image', ''],
    ['--image ""', 'an image reference'],
  ],
  [['-2'], ['-2', 'Python 2']],
  [
    ['-3', '-R'],
    ['-3 and -R', 'a session has one kind'],
  ],
  [
    ['--rstudio', '--kind', 'r'],
    ['--rstudio and --kind r', 'a session has one kind'],
  ],
  [
    ['--kind', 'My Kind'],
    ['--kind "My Kind"', 'python, r or rstudio'],
  ],
  [
    ['--stack', 'fortran'],
    ['--stack "fortran"', 'minimal, scipy'],
  ],
  [
    ['--stack', 'scipy', '--image', 'x'],
    ['--stack and --image', 'both name the image'],
  ],
  [
    ['--stack', 'scipy', '--rstudio'],
    ['--stack and --rstudio', 'the stacks are Jupyter'],
  ],
  [
    ['--rstudio', '--r-version', 'four'],
    ['--r-version "four"', '4.5'],
  ],
  [
    ['-R', '--r-version', '4.5'],
    ['--r-version', 'goes with --rstudio'],
  ],
  [
    ['--rstudio', '--r-version', '4.5', '--image', 'rocker/verse:4'],
    ['--r-version and --image rocker/verse:4', 'has a tag already'],
  ],
  [
    ['-q', '-u'],
    ['--quick and --update', 'never pulls'],
  ],
  [['notes.txt'], ['notes.txt', '.ipynb']],
  [
    ['a', 'b'],
    ['too many arguments', '2'],
  ],
  [['--no-such-option'], ["unknown option '--no-such-option'"]],
  [['stop', '--all', 'x'], ['names or --all']],
  [
    ['logs', '-n', 'some'],
    ['--tail "some"', 'a number'],
  ],
  [
    ['daemon', 'logs', '-n', '-1'],
    ['--tail "-1"', 'a number'],
  ],
  [
    ['images', 'build', 'perl'],
    ['images build "perl"', 'base, python, r'],
  ],
  [['images', 'pull'], ["missing required argument 'REF'"]],
  [['config', 'set', 'bind'], ["missing required argument 'VALUE'"]],
  [
    ['completion', 'tcsh'],
    ['tcsh', 'bash, zsh'],
  ],
  [['list', '--sorted'], ["unknown option '--sorted'"]],
];

test.each(WRONG)('ezj %j is refused in one line', async (args, parts) => {
  const { exitCode, stdout, stderr } = await sandbox.run(args[0]?.match(/^[a-z]/) ? args : ['-d', ...args]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  const [line, ...rest] = stderr.trimEnd().split('\n');
  expect(line).toMatch(/^ezj: /);
  for (const part of parts) expect(line).toContain(part);
  expect(rest.every((each) => each.startsWith('→ '))).toBe(true);
});
