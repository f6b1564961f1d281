/** A folder's name as a host label: a-z, 0-9 and hyphens, 1 to 40 characters. Drops accents; other scripts become `notebook`. */
export function slug(folderName: string): string {
  const plain = folderName
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return plain || 'notebook';
}

/** The first of `wanted`, `wanted-2`, `wanted-3`… that is free. */
export function freeName(wanted: string, taken: Iterable<string>): string {
  const names = new Set(taken);
  if (!names.has(wanted)) return wanted;
  for (let n = 2; ; n++) {
    if (!names.has(`${wanted}-${n}`)) return `${wanted}-${n}`;
  }
}
