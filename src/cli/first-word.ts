/** As much of an option as tells words from values. */
export interface WordOption {
  short?: string;
  long?: string;
  takesValue: boolean;
}

/** Where the first word stands that is neither an option nor the value of one; -1 where there is none before `--`. */
export function indexOfFirstWord(argv: string[], options: readonly WordOption[]): number {
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    if (argument === '--') return -1;
    if (!argument.startsWith('-')) return index;
    if (takesNext(argument, options)) index++;
  }
  return -1;
}

/** Whether the value is the next word: after `--name` and `-dv`, but not after `--name=x` and `-vx`. */
function takesNext(argument: string, options: readonly WordOption[]): boolean {
  if (argument.startsWith('--')) return options.some(({ long, takesValue }) => takesValue && long === argument);
  const letters = [...argument.slice(1)];
  const first = letters.findIndex((letter) =>
    options.some(({ short, takesValue }) => takesValue && short === `-${letter}`),
  );
  return first !== -1 && first === letters.length - 1;
}
