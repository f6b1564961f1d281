import { readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import Conf from 'conf';
import type * as z from 'zod';
import type { ConfigEntry } from '../protocol/daemon.ts';
import { EzjError } from '../protocol/errors.ts';
import { describeIssues } from './issues.ts';
import { CONFIG_KEYS, type Config, type ConfigKey } from './keys.ts';

/** The user's configuration file, and what is in force. */
export interface ConfigStore {
  /** All keys, defaults filled in, read anew at each call: the user may edit the file. */
  read(): Config;
  list(): ConfigEntry[];
  /** @throws `config-invalid` for an unknown key */
  get(key: string): ConfigEntry;
  /** @throws `config-invalid` for an unknown key or a value that does not fit, `config-unwritable` */
  set(key: string, text: string): ConfigEntry;
  /** @throws `config-invalid` for an unknown key, `config-unwritable` */
  unset(key: string): ConfigEntry;
}

/**
 * Opens `config.json` in a folder. Reading never fails and never makes the folder: a file that is no JSON object is kept
 * aside as `config.json.broken-TIME`, and that is said by `warn`, as is a file that cannot be read; the defaults are used. A
 * value that does not fit its key counts as not set and is said too.
 */
export function openConfigStore({ dir, warn }: { dir: string; warn: (text: string) => void }): ConfigStore {
  const file = path.join(dir, 'config.json');

  const read = (): Config => {
    const stored = readStored(file, warn);
    const entries = Object.entries(CONFIG_KEYS).map(([key, { schema, default: fallback }]) => {
      if (!(key in stored)) return [key, fallback];
      const parsed = schema.safeParse(stored[key]);
      if (parsed.success) return [key, parsed.data];
      warn(`${file}: ${key} is ${JSON.stringify(stored[key])}: ${reason(parsed.error)}. Using ${textOf(fallback)}.`);
      return [key, fallback];
    });
    return Object.fromEntries(entries) as Config;
  };

  const entry = (key: ConfigKey, config = read()): ConfigEntry => ({
    key,
    value: config[key],
    default: CONFIG_KEYS[key].default,
    description: CONFIG_KEYS[key].description,
  });

  const change = (edit: (stored: Conf<Record<string, unknown>>) => void): void => {
    // Puts garbage out of the way, which could not be written to.
    readStored(file, warn);
    try {
      edit(openForWriting(dir));
    } catch (cause) {
      throw new EzjError({
        code: 'config-unwritable',
        message: `The configuration file ${file} cannot be written: ${(cause as Error).message}`,
        hint: 'Make the file and its folder writable for you, or set EZJ_CONFIG_DIR to another folder.',
        cause,
      });
    }
  };

  return {
    read,
    list() {
      const config = read();
      return (Object.keys(CONFIG_KEYS) as ConfigKey[]).map((key) => entry(key, config));
    },
    get: (key) => entry(knownKey(key)),
    set(key, text) {
      const known = knownKey(key);
      const parsed = CONFIG_KEYS[known].schema.safeParse(parseText(text, CONFIG_KEYS[known].default));
      if (!parsed.success) {
        throw new EzjError({
          code: 'config-invalid',
          message: `${known} cannot be ${JSON.stringify(text)}: ${reason(parsed.error)}`,
          hint: `${CONFIG_KEYS[known].description}. Default: ${textOf(CONFIG_KEYS[known].default)}`,
        });
      }
      change((stored) => stored.set(known, parsed.data));
      return entry(known);
    },
    unset(key) {
      const known = knownKey(key);
      change((stored) => stored.delete(known));
      return entry(known);
    },
  };
}

function openForWriting(dir: string): Conf<Record<string, unknown>> {
  return new Conf<Record<string, unknown>>({
    cwd: dir,
    configName: 'config',
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    deserialize: parseObject,
  });
}

function readStored(file: string, warn: (text: string) => void): Record<string, unknown> {
  try {
    return parseObject(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) warn(putAside(file));
    else if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      warn(`${file} cannot be read, and the defaults are used: ${(error as Error).message}`);
    return {};
  }
}

/** Renames a file that is no JSON object, so that it is not overwritten; gives what is to be said. */
function putAside(file: string): string {
  const aside = `${file}.broken-${new Date().toISOString().replaceAll(':', '')}`;
  try {
    renameSync(file, aside);
    return `${file} was not valid JSON: it is kept as ${aside}, and the defaults are used.`;
  } catch {
    return `${file} is not valid JSON and cannot be renamed: the defaults are used.`;
  }
}

function parseObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new SyntaxError('no JSON object');
}

function knownKey(key: string): ConfigKey {
  if (Object.hasOwn(CONFIG_KEYS, key)) return key as ConfigKey;
  throw new EzjError({
    code: 'config-invalid',
    message: `There is no configuration key ${JSON.stringify(key)}.`,
    hint: `Keys: ${Object.keys(CONFIG_KEYS).join(', ')}`,
  });
}

/** The text of the command line in the type that the key's default has; text that does not fit is left for the schema to refuse. */
function parseText(text: string, like: unknown): unknown {
  if (typeof like === 'number' && text.trim() !== '') return Number(text);
  if (typeof like === 'object') return parseJson(text);
  if (typeof like === 'boolean') return { true: true, false: false, yes: true, no: false }[text.toLowerCase()] ?? text;
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function reason(error: z.ZodError): string {
  return describeIssues(error).join('; ');
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
