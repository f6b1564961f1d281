/** The first and the last port that sessions may use. */
export interface PortRange {
  first: number;
  last: number;
}

/** Parses a range such as `8900-9899`; undefined for any other text. */
export function parsePortRange(text: string): PortRange | undefined {
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(text)?.map(Number) ?? [];
  if (first === undefined || last === undefined || first < 1 || last > 65535 || first > last) return undefined;
  return { first, last };
}
