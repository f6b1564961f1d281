/** The settings of one configuration file of git, by name. */
export type GitConfig = ReadonlyMap<string, string>;

/** The text of the file, and the place that is read next. */
interface Reader {
  text: string;
  at: number;
}

/**
 * Parses a configuration file of git: sections, subsections, quotes, comments and continued lines. The last value
 * counts. Names are in lower case except the subsection, as in `remote.origin.url`. An `include` is not followed, and
 * `url.*.insteadOf` not applied. Undefined if git would not read the file either.
 * @see https://git-scm.com/docs/git-config#_syntax
 */
export function parseGitConfig(bytes: Buffer): GitConfig | undefined {
  const text = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .replaceAll('\r\n', '\n');
  const reader: Reader = { text, at: 0 };
  const values = new Map<string, string>();
  let section: string | undefined;
  for (;;) {
    while (take(reader, /[ \t\r\n]+|[#;][^\n]*/y));
    if (reader.at >= text.length) return values;
    if (text[reader.at] === '[') {
      section = readSection(reader);
      if (section === undefined) return undefined;
    } else {
      const setting = section === undefined ? undefined : readSetting(reader);
      if (setting === undefined) return undefined;
      values.set(`${section}.${setting.key}`, setting.value);
    }
  }
}

/** `[section "subsection"]`, or the old form `[section.subsection]`. */
function readSection(reader: Reader): string | undefined {
  const section = take(reader, /\[([a-z\d.-]+)/iy)?.[1]?.toLowerCase();
  if (section === undefined || take(reader, /\]/y)) return section;
  if (!take(reader, /[ \t\r]+"/y)) return undefined;
  let subsection = '';
  for (let piece = take(reader, /[^"\\\n]+|\\[^\n]/y); piece; piece = take(reader, /[^"\\\n]+|\\[^\n]/y)) {
    subsection += piece[0].replace(/^\\/, '');
  }
  return take(reader, /"\]/y) && `${section}.${subsection}`;
}

function readSetting(reader: Reader): { key: string; value: string } | undefined {
  const key = take(reader, /([a-z][a-z\d-]*)[ \t]*/iy)?.[1]?.toLowerCase();
  if (key === undefined) return undefined;
  if (take(reader, /\n|$/y)) return { key, value: 'true' };
  const value = take(reader, /=/y) && readValue(reader);
  return value === undefined ? undefined : { key, value };
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', b: '\b', '\\': '\\', '"': '"', '\n': '', '': '' };

/** A value up to the end of its line. Quotes can begin and end within it, and keep blanks and comment signs. */
function readValue(reader: Reader): string | undefined {
  let [value, blanks, quoted] = ['', '', false];
  for (;;) {
    const pattern = quoted ? /[^"\\\n]+|\\[\s\S]?|["\n]/y : /[ \t\r]+|[^ \t\r\n"\\#;]+|\\[\s\S]?|["\n]|[#;][^\n]*/y;
    const piece = take(reader, pattern)?.[0] ?? '';
    if (piece === '' && reader.at < reader.text.length) return undefined;
    if (piece === '' || piece === '\n') return quoted ? undefined : value;
    if (!quoted && /^[#;]/.test(piece)) continue;
    if (!quoted && /^[ \t\r]/.test(piece)) {
      // Blanks count between words only.
      if (value !== '') blanks += piece;
      continue;
    }
    const text = piece.startsWith('\\') ? ESCAPES[piece.slice(1)] : piece === '"' ? '' : piece;
    if (text === undefined) return undefined;
    if (piece === '"') quoted = !quoted;
    value += blanks + text;
    blanks = '';
  }
}

/** The next piece. Each pattern is sticky and has no nested repetition, so its time is linear. */
function take(reader: Reader, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.text) ?? undefined;
  if (match) reader.at = pattern.lastIndex;
  return match;
}
