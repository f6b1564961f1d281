/** A pattern of COPY or .dockerignore, in steps. */
export type PathPattern = Step[];

/**
 * `one`: a character that fits. `any`: any number of characters without a slash. `deep`: also with slashes. `perhaps`: the
 * next step, or the one after it. `folders`: any characters, the last one a slash.
 */
type Step = { kind: 'one'; fits: (character: string) => boolean } | { kind: 'any' | 'deep' | 'perhaps' | 'folders' };

/**
 * Reads a pattern like Docker: `*`, `?`, `[a-z]`, `\` before a character as it is, and `**` for any number of folders.
 * Undefined if a bracket stays open.
 * https://github.com/moby/patternmatcher
 */
export function readPathPattern(text: string): PathPattern | undefined {
  const characters = [...text];
  const steps: PathPattern = [];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? '';
    if (character === '*' && characters[i + 1] === '*') {
      i += characters[i + 2] === '/' ? 2 : 1;
      steps.push(...(i + 1 >= characters.length ? [{ kind: 'deep' as const }] : FOLDERS));
    } else if (character === '*') steps.push({ kind: 'any' });
    else if (character === '?') steps.push({ kind: 'one', fits: (each) => each !== '/' });
    else if (character === '[') {
      const found = readClass(characters, i + 1);
      if (!found) return undefined;
      steps.push({ kind: 'one', fits: found.fits });
      i = found.end;
    } else {
      if (character === '\\' && i + 1 < characters.length) i += 1;
      const wanted = characters[i];
      steps.push({ kind: 'one', fits: (each) => each === wanted });
    }
  }
  return steps;
}

const FOLDERS: PathPattern = [{ kind: 'perhaps' }, { kind: 'folders' }];

/** `[^a-z\]]`, from after its opening bracket. */
function readClass(characters: string[], start: number) {
  const isInverted = characters[start] === '^';
  const ranges: [string, string][] = [];
  let end = start + (isInverted ? 1 : 0);
  const next = () => {
    if (characters[end] === '\\') end += 1;
    return characters[end++] ?? '';
  };
  while (end < characters.length && (characters[end] !== ']' || ranges.length === 0)) {
    const first = next();
    const isRange = characters[end] === '-' && characters[end + 1] !== ']' && end + 1 < characters.length;
    if (isRange) end += 1;
    ranges.push([first, isRange ? next() : first]);
  }
  if (end >= characters.length) return undefined;
  const fits = (each: string) =>
    each !== '/' && ranges.some(([first, last]) => first <= each && each <= last) !== isInverted;
  return { end, fits };
}

/**
 * Whether a pattern matches a name, or one of the folders above it of which `counts` says that they count, by their
 * depth. Looks at each character once for each step: no pattern makes it slow, as it would a regular expression.
 */
export function matchesPath(
  pattern: PathPattern,
  name: string,
  counts: (depth: number) => boolean = () => false,
): boolean {
  const end = pattern.length;
  let [active, next] = [new Uint8Array(end + 1), new Uint8Array(end + 1)];
  let depth = 0;
  active[0] = 1;
  passOver(pattern, active);
  if (counts(0) && active[end]) return true;
  for (const character of name) {
    if (character === '/') {
      depth += 1;
      if (counts(depth) && active[end]) return true;
    }
    if (!advance(pattern, { active, next, character })) return false;
    [active, next] = [next, active];
    passOver(pattern, active);
  }
  return active[end] === 1;
}

/** Marks the places in a pattern that one more character leads to. Returns whether there are any. */
function advance(
  pattern: PathPattern,
  { active, next, character }: { active: Uint8Array; next: Uint8Array; character: string },
): boolean {
  let isAlive = false;
  next.fill(0);
  for (const [place, step] of pattern.entries()) {
    if (!active[place] || step.kind === 'perhaps') continue;
    const stays = step.kind === 'deep' || step.kind === 'folders' || (step.kind === 'any' && character !== '/');
    const goesOn = step.kind === 'one' ? step.fits(character) : step.kind === 'folders' && character === '/';
    if (stays) next[place] = 1;
    if (goesOn) next[place + 1] = 1;
    isAlive ||= stays || goesOn;
  }
  return isAlive;
}

/** Marks the places that need no character. */
function passOver(pattern: PathPattern, active: Uint8Array): void {
  for (const [place, { kind }] of pattern.entries()) {
    if (!active[place] || kind === 'one' || kind === 'folders') continue;
    active[place + 1] = 1;
    if (kind === 'perhaps') active[place + 2] = 1;
  }
}
