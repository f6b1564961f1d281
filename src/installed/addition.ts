/** A package that is to be written to a manifest. */
export interface Addition {
  name: string;
  version: string;
  /** As a line of a requirements file has it: `name==1.0`, `name @ URL`. */
  requirement: string;
  /** The manifest names it already, in another version. */
  isNamed: boolean;
}

/** A manifest with additions. */
export interface Written {
  text: string;
  /** The names of what is in it now. */
  packages: string[];
  /** What could not be written and why, a line each. */
  notes: string[];
}

/** The line ending that a text has. */
export function lineEnding(text: string): string {
  return /\r\n|\r|\n/.exec(text)?.[0] ?? '\n';
}
