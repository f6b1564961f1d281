import { structuredPatch } from 'diff';

/** The lines in which two texts differ, as `diff -U0` writes them. Ignores a line break at the end of a text. */
export function lineDiff(before: string, after: string, file: string): string {
  const { hunks } = structuredPatch(file, file, withLastBreak(before), withLastBreak(after), '', '', { context: 0 });
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
    ...lines,
  ]);
  return [`--- ${file}`, `+++ ${file}`, ...lines].join('\n');
}

function withLastBreak(text: string): string {
  return text === '' ? '' : `${text.replace(/\r?\n$/, '').replace(/\r\n/g, '\n')}\n`;
}

/** A place without lines is named by the line before it. */
function range(start: number, count: number): string {
  if (count === 0) return `${start - 1},0`;
  return count === 1 ? `${start}` : `${start},${count}`;
}
