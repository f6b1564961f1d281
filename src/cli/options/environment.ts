import { readFileSync } from 'node:fs';
import { EzjError } from '../../protocol/errors.ts';
import { invalidOption } from './invalid-option.ts';

const KEY = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** `-e KEY=VALUE`, or `-e KEY` for the value that the variable has here. */
export function parseVariable(value: string, env: NodeJS.ProcessEnv): [string, string] {
  const [key, given] = splitVariable(value);
  if (!KEY.test(key)) throw invalidOption('--env', value, 'KEY=VALUE, or KEY to hand on the variable that you have');
  const found = given ?? env[key];
  if (found === undefined) throw invalidOption('--env', value, `KEY=VALUE; you have no variable ${key} to hand on`);
  return [key, found];
}

/**
 * The variables of a file in docker's format: `KEY=VALUE` a line, taken as it stands with quotes and spaces; a KEY alone
 * is handed on where it is set; lines that begin with `#` are remarks.
 * @see https://docs.docker.com/reference/cli/docker/container/run/#env
 */
export function parseEnvFile(text: string, file: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const trimmed = line.trimStart();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const [key, given] = splitVariable(trimmed);
    if (!KEY.test(given === undefined ? key.trimEnd() : key)) {
      throw invalidOption(
        '--env-file',
        `${file}:${index + 1}`,
        `line ${index + 1} is not KEY=VALUE: ${JSON.stringify(line)}`,
      );
    }
    const value = given ?? env[key.trimEnd()];
    if (value !== undefined) variables[key.trimEnd()] = value;
  }
  return variables;
}

/** `--env-file FILE`. */
export function readEnvFile(file: string, env: NodeJS.ProcessEnv): Record<string, string> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === undefined ? 'it is not UTF-8 text' : code === 'ENOENT' ? 'there is none' : message;
    throw new EzjError({
      code: 'usage',
      message: `--env-file ${JSON.stringify(file)} is not accepted: a file of KEY=VALUE lines that can be read (${reason})`,
      cause,
    });
  }
  return parseEnvFile(text, file, env);
}

function splitVariable(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
