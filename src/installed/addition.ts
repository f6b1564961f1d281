/** A package to write to a manifest. */
export interface Addition {
  name: string;
  version: string;
  /** As in a line of a requirements file: `name==1.0`, `name @ URL`. */
  requirement: string;
  /** Whether the manifest names it already, in another version. */
  isNamed: boolean;
}

/** A manifest with additions. */
export interface Written {
  text: string;
  /** The names of the packages that were added. */
  packages: string[];
  /** Packages that could not be written, with the reason, one line each. */
  notes: string[];
}

/** The line ending of a text. */
export function lineEnding(text: string): string {
  return /\r\n|\r|\n/.exec(text)?.[0] ?? '\n';
}
