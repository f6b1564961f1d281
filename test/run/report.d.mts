export interface Result {
  part: string;
  file: string;
  title: string;
  ms: number;
  passed: boolean;
  message: string;
}
export function describeRun(run: { results: Result[]; times: { title: string; ms: number }[] }): string[];
