import { readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import Conf from 'conf';
import type * as z from 'zod';
import type { ConfigEntry } from '../protocol/daemon.ts';
import { EzjError } from '../protocol/errors.ts';
import { describeIssues } from './issues.ts';
import { CONFIG_KEYS, type Config, type ConfigKey } from './keys.ts';

/** The configuration file of the user, and the effective values. */
export interface ConfigStore {
  /** All keys, with defaults. Reads the file at each call, because the user may edit it. */
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
 * Opens `config.json` in a folder. Reading never fails and never creates the folder. A file that is not a JSON object
 * is renamed to `config.json.broken-TIME`. For such a file, and for one that cannot be read, `warn` gets a message and
 * the defaults apply. An invalid value counts as not set, and `warn` gets a message too.
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
    // Moves an invalid file away first, because it cannot be changed.
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

/** Renames a file that is not a JSON object, to avoid overwriting it. Returns the message for the user. */
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

/** Converts text from the command line to the type of the default. The schema refuses text that does not fit. */
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
