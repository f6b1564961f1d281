/** Rows of cells as aligned lines, two spaces between the columns, by the width that each cell takes on a terminal. */
export async function formatTable(rows: string[][]): Promise<string[]> {
  const widthOf = await chooseWidth(rows);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}

/** string-width is loaded only for tables that have more than ASCII: it takes longer than the rest of `ezj list`. */
async function chooseWidth(rows: string[][]): Promise<(text: string) => number> {
  const isAscii = rows.every((row) => row.every((cell) => /^[\x20-\x7e]*$/.test(cell)));
  return isAscii ? (text) => text.length : (await import('string-width')).default;
}
