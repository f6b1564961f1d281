/** What one character stands for that must not reach a terminal. */
const REPLACED = '\ufffd';

/** Text that has none of these passes as it is. */
const SUSPECT = /[\x00-\x08\x0b-\x1f\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/u;

const INTRODUCES_STRING = '(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])';
const STRING = '[^\\x00-\\x1f\\x7f-\\x9f]{0,2048}';
const CSI = '(?:\\x1b\\[|\\x9b)[0-?]{0,64}[ -/]{0,4}';

/**
 * Complete control sequences, each of limited length and on one line: an operating system command and its like (a title,
 * a link, the clipboard), a control sequence (colours, movements), and other escapes. After them, every character that
 * controls the terminal, reorders text or is invisible. An incomplete sequence is none: its first character is replaced,
 * and the rest is shown, because it would hide what follows. The two joiners stay: scripts and emoji need them.
 * https://ecma-international.org/publications-and-standards/standards/ecma-48/
 */
const CONTROLS = new RegExp(
  [
    `(${CSI}[@-~])`,
    `(${INTRODUCES_STRING}${STRING}(?:\\x07|\\x1b\\\\|\\x9c)|\\x1b[ -/]{0,2}[0-OQ-WYZ\`-~])`,
    '(\\r\\n?)',
    '(?![\\u200c\\u200d])[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\p{Cf}\\p{Zl}\\p{Zp}]',
  ].join('|'),
  'gu',
);

/** The beginning of a sequence at the end of a chunk. */
const BEGUN = new RegExp(`(?:${CSI}|${INTRODUCES_STRING}${STRING}\\x1b?|\\x1b[ -/]{0,2}|\\r|[\\ud800-\\udbff])$`);
const LONGEST_SEQUENCE = 2052;

const COLOUR = /^(?:\x1b\[|\x9b)[0-9;:]*m$/;
const RESET = '\x1b[0m';

/** Whether colours stay. */
interface Colours {
  colours?: boolean;
}

/**
 * Text of a container for a terminal, of any number of lines: without what moves the cursor, sets a title, writes to the
 * clipboard, hides or reorders text. Line breaks and tabs stay, and colours if the caller wants them. A carriage return
 * becomes a line break, because what is before it would be overwritten. For one line, see `plainText`.
 */
export function safeText(text: string, { colours = false }: Colours = {}): string {
  if (!SUSPECT.test(text)) return text;
  return text.replace(CONTROLS, (_, sequence?: string, other?: string, lineEnd?: string) => {
    if (sequence !== undefined) return colours && COLOUR.test(sequence) ? sequence.replace('\x9b', '\x1b[') : '';
    if (other !== undefined) return '';
    return lineEnd === undefined ? REPLACED : '\n';
  });
}

/** {@link safeText} for text that comes in chunks, which may split sequences. Chunks must not split characters. */
export class SafeText {
  readonly #options: Colours;
  #begun = '';
  #coloured = false;

  constructor(options: Colours = {}) {
    this.#options = options;
  }

  /** What can be shown of the text so far. */
  write(chunk: string): string {
    const text = this.#begun + chunk;
    // Only its end can be the beginning of a sequence.
    const tail = text.slice(-LONGEST_SEQUENCE);
    this.#begun = BEGUN.exec(tail)?.[0] ?? '';
    return this.#show(text.slice(0, text.length - this.#begun.length));
  }

  /** The rest, and the end of a colour. */
  end(): string {
    const rest = this.#show(this.#begun);
    this.#begun = '';
    return this.#coloured ? rest + RESET : rest;
  }

  #show(text: string): string {
    const shown = safeText(text, this.#options);
    if (this.#options.colours) this.#coloured ||= shown.includes('\x1b');
    return shown;
  }
}
