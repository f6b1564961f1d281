import { COMMANDS, type CommandEntry } from './command-list.ts';

/** What `ezj --help` prints. It is text of its own: all options of `ezj` beside all commands would not fit a screen. */
export function rootHelp(): string {
  const commands = COMMANDS.filter(({ hidden, together }) => !hidden && !together).map(describe);
  return `ezj: a notebook in any folder, in a container, on your own files.

Usage: ezj [options] [DIR|NOTEBOOK|URL] start or reopen (default: this folder)
       ezj COMMAND

Examples:
  ezj                           Python here; Ctrl-C stops it, d lets go
  ezj -R ~/analysis             R on another folder
  ezj --rstudio                 RStudio here, signed in
  ezj -d -v ../data:/data:ro    in the background, with a folder of data
  ezj report.ipynb              a notebook, in the kernel that it names

Commands:
${commands.join('\n')}

Options (all of them: ezj help start):
  -R, -r, --r                   R                      --rstudio     RStudio
  -q, --quick                   never pull or build    -u, --update  do it anew
  -v, --mount SRC[:DST[:ro]]    another folder         -d, --detach  do not stay
  -p, --port N                  this port              --name NAME   this name
  -y, --yes                     ask nothing            --no-open     no browser
  --json                        JSON on stdout; events, {"error":…} on stderr

${EXIT_CODES}`;
}

/** What the exit codes mean, for help. */
export const EXIT_CODES = `Exit codes: 0 done, 1 internal (or what doctor found), 2 usage, 3 not found,
4 engine, 5 image, 6 disk, port, name, 7 session, 8 daemon, 9 git, 130 cancelled`;

function describe({ name, usage, summary }: CommandEntry): string {
  const second = COMMANDS.find(({ together }) => together?.with === name);
  const names = second ? `${name}, ${second.name}` : name;
  return `  ${`${names} ${second?.together?.usage ?? usage}`.padEnd(30)}${second?.together?.summary ?? summary}`;
}
