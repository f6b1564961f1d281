import { EzjError } from '../protocol/errors.ts';

/** What users of other tools type, and the words that mean it here. */
const SYNONYMS: Record<string, string> = {
  ps: 'list',
  status: 'list',
  rm: 'stop',
  kill: 'stop',
  down: 'stop',
  exec: 'shell',
  clean: 'prune',
  version: '--version',
};

/** What is no command here, and what to type instead. */
const INSTEAD: Record<string, string> = {
  top: 'ezj list --activity shows since when nobody has used a session; docker stats shows CPU and memory',
  install: 'Packages: pip install in the notebook, or requirements.txt in the folder. A container engine: ezj setup',
  update: 'This folder’s image and packages: ezj -u. ezj itself: npm install -g ezj@latest',
  upgrade: 'This folder’s image and packages: ezj -u. ezj itself: npm install -g ezj@latest',
};

/**
 * The arguments with a command of ezj in place of the word at `at`, where that is a synonym of one.
 * @throws `usage` where the word is a command of other tools that ezj does not have, with what to type
 */
export function translateSynonym(argv: string[], at: number): string[] {
  const word = argv[at] ?? '';
  if (Object.hasOwn(INSTEAD, word)) {
    throw new EzjError({ code: 'usage', message: `ezj has no command ${word}`, hint: INSTEAD[word] });
  }
  return Object.hasOwn(SYNONYMS, word) ? argv.with(at, SYNONYMS[word] ?? word) : argv;
}
