/** What help says of a command. */
export interface CommandEntry {
  name: string;
  alias?: string;
  /** How its arguments are written in help. */
  usage: string;
  summary: string;
  /** Not in the help of `ezj`. */
  hidden?: boolean;
  /** In the help of `ezj` it stands on one line with another command, after it: what that line says. */
  together?: { with: string; usage: string; summary: string };
}

/** Every command, in the order of the help. */
export const COMMANDS: CommandEntry[] = [
  {
    name: 'start',
    usage: '[DIR|NOTEBOOK]',
    summary: 'start or reopen the session of a folder (also without the word start)',
    hidden: true,
  },
  {
    name: 'list',
    alias: 'ls',
    usage: '',
    summary: 'your sessions',
  },
  {
    name: 'stop',
    usage: '[NAME…|--all]',
    summary: "stop this folder's sessions, or others",
  },
  {
    name: 'open',
    usage: '[NAME]',
    summary: 'open a session in the browser',
  },
  {
    name: 'url',
    usage: '[NAME]',
    summary: 'print the URL of a session, with its token',
    together: { with: 'open', usage: '[NAME]', summary: 'a session in the browser; its URL' },
  },
  {
    name: 'logs',
    usage: '[NAME] [-f]',
    summary: 'what a session has logged',
  },
  {
    name: 'shell',
    usage: '[NAME] [-- CMD…]',
    summary: 'a shell, or one command, in a session',
  },
  {
    name: 'restart',
    usage: '[NAME]',
    summary: 'stop a session and start it again',
  },
  {
    name: 'images',
    usage: '[pull|build]',
    summary: 'local images, sizes; pull or build one',
  },
  {
    name: 'kinds',
    usage: '',
    summary: 'kinds of notebooks, yours too',
  },
  {
    name: 'env',
    usage: '[DIR|diff|save]',
    summary: 'what files ask for; what is installed beyond',
  },
  {
    name: 'export',
    usage: 'FILE [DIR]',
    summary: 'a folder’s environment as one file',
  },
  {
    name: 'import',
    usage: 'FILE [DIR]',
    summary: 'take such a file in; needs no network',
    together: { with: 'export', usage: 'FILE [DIR]', summary: 'a folder’s environment as one file; back in' },
  },
  {
    name: 'push',
    usage: '[REF] [DIR]',
    summary: 'a folder’s environment to a registry',
  },
  {
    name: 'pull',
    usage: '[DIR]',
    summary: 'get it from the registry of env.registry',
    together: { with: 'push', usage: '[REF] [DIR]', summary: 'likewise, to a registry and from it' },
  },
  {
    name: 'trust',
    usage: '[DIR]',
    summary: 'agree to what a folder’s files ask for',
  },
  {
    name: 'prune',
    usage: '[--yes]',
    summary: 'what ezj left on the disk; --yes removes it',
  },
  {
    name: 'config',
    usage: 'get|set|unset|list',
    summary: 'settings',
  },
  {
    name: 'daemon',
    usage: 'status|start|stop|logs',
    summary: 'the background process',
  },
  {
    name: 'doctor',
    usage: '',
    summary: 'check everything that a session needs',
  },
  {
    name: 'setup',
    usage: '[--yes]',
    summary: 'install and start a container engine',
    together: { with: 'doctor', usage: '', summary: 'check what sessions need; install an engine' },
  },
  {
    name: 'completion',
    usage: 'bash|zsh|fish',
    summary: 'print the completion script of a shell',
  },
  {
    name: 'help',
    usage: '[COMMAND]',
    summary: 'help on a command',
  },
  {
    name: '__complete',
    usage: '',
    summary: 'candidates for the word under the cursor',
    hidden: true,
  },
];

/** The command of a name or alias. */
export function findCommand(name: string): CommandEntry | undefined {
  return COMMANDS.find((entry) => entry.name === name || entry.alias === name);
}
