/** The lines in which two texts differ, as `diff -U0` writes them: whole where the second has lines changed or added. */
export function lineDiff(before: string, after: string, file: string): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  const hunks: string[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && old[i] === now[j]) {
      i++;
      j++;
      continue;
    }
    const [toOld, toNow] = nextCommon(old, now, [i, j]);
    const [removed, added] = [old.slice(i, toOld), now.slice(j, toNow)];
    hunks.push(`@@ -${range(i, removed.length)} +${range(j, added.length)} @@`);
    hunks.push(...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`));
    i = toOld;
    j = toNow;
  }
  return [`--- ${file}`, `+++ ${file}`, ...hunks].join('\n');
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}

/** Where both go on alike, looking ahead by as few lines as possible. */
function nextCommon(old: string[], now: string[], [i, j]: [number, number]): [number, number] {
  const most = old.length - i + (now.length - j);
  for (let ahead = 1; ahead <= most; ahead++) {
    for (let k = 0; k <= ahead; k++) {
      const [a, b] = [i + k, j + ahead - k];
      if (a < old.length && b < now.length && old[a] === now[b]) return [a, b];
    }
  }
  return [old.length, now.length];
}

/** A place of no lines is named by the line before it. */
function range(index: number, count: number): string {
  if (count === 0) return `${index},0`;
  return count === 1 ? `${index + 1}` : `${index + 1},${count}`;
}
