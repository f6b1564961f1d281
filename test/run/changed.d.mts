export const TOUCHED: [start: string, tests: string[]][];
export function touchedTests(files: string[]): string[];
