import { nowParsing } from '../parsing/now-parsing.ts';
import { invalid } from './files/invalid.ts';
import { decode, type NamedFile } from './files/named-files.ts';

/** The content of a runtime.txt. */
export type RuntimeFile = { language: 'python'; version: string } | { language: 'r'; version?: string; date?: string };

/**
 * `python-3.11`, `r-4.3-2024-01-15` or `r-2024-01-15`.
 * https://repo2docker.readthedocs.io/en/latest/configuration/languages/#runtime-txt-specifying-runtimes
 * @throws `environment-invalid`
 */
export function readRuntime(file: NamedFile): RuntimeFile {
  nowParsing(file.path);
  const text = decode(file.content).trim();
  const python = /^python-(\d+(?:\.\d+){0,2})$/.exec(text);
  if (python) return { language: 'python', version: python[1] ?? '' };
  const r = /^r(?:-(\d+(?:\.\d+){0,2}))?(?:-(\d{4}-\d{2}-\d{2}))?$/.exec(text);
  if (!r || (r[1] ?? r[2]) === undefined || !isDay(r[2] ?? '2000-01-01'))
    throw invalid(
      file.path,
      `${JSON.stringify(text.slice(0, 80))} does not look like python-3.11, r-4.3-2024-01-15 or r-2024-01-15`,
    );
  return { language: 'r', version: r[1], date: r[2] };
}

/** Whether the date exists. JavaScript turns the 31st of February into a day in March. */
function isDay(date: string): boolean {
  const time = Date.parse(date);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}
