/** Writes one line, with the time, to the daemon's log: its standard output, which the command line has opened for it. */
export function log(text: string): void {
  console.log(`${new Date().toISOString()} ${text}`);
}
