/**
 * Characters that show something else than what is there: control characters, line and paragraph separators,
 * bidirectional and other format characters, invisible letters, spaces that are not the common one, and half a
 * surrogate pair. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
const DECEPTIVE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}|(?<= ) /gu;

/** What a schema says about a text that is not {@link isPlain}. */
export const UNPLAIN = 'expected one line of visible characters, with single spaces';

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Whether a text is one line of visible characters with single spaces, and so shows what it is. */
export function isPlain(text: string): boolean {
  return text.search(DECEPTIVE) === -1;
}

/**
 * A text that others wrote, as one line to show: deceptive characters are escaped (`\n`, `\u{202e}`). A longer text
 * than `limit` characters ends with the number of characters that are left out.
 */
export function plainText(text: string, limit = Number.POSITIVE_INFINITY): string {
  const shown = text.slice(0, limit).replace(DECEPTIVE, escapeCharacter);
  const left = text.length - Math.min(text.length, limit);
  return left > 0 ? `${shown}… (${left} more characters)` : shown;
}

function escapeCharacter(character: string): string {
  return SHORT[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
