import { readFile } from 'node:fs/promises';

/** The settings of conda that also apply in a build. Folders of environments and packages do not. */
const SETTINGS = [
  'channels',
  'default_channels',
  'channel_alias',
  'custom_channels',
  'custom_multichannels',
  'mirrored_channels',
  'channel_priority',
  'proxy_servers',
  'remote_connect_timeout_secs',
  'remote_read_timeout_secs',
  'remote_max_retries',
];

/**
 * Merges the settings for channels and mirrors in the host's `files` into one .condarc; the last file has priority.
 * Undefined if there are none. `certificates`: a bundle for verification.
 * https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/settings.html
 */
export async function readCondaConfigs(files: string[], certificates?: string): Promise<string | undefined> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const { parseDocument, stringify } = await import('yaml');
  const documents = texts.map((text) => parseDocument(text)).filter(({ errors }) => errors.length === 0);
  const found = documents.map((document) => document.toJS() as unknown).filter(isTable);
  const merged = Object.assign({}, ...found) as Record<string, unknown>;
  const settings = Object.fromEntries(SETTINGS.flatMap((name) => (name in merged ? [[name, merged[name]]] : [])));
  if (Object.keys(settings).length === 0 && certificates === undefined) return undefined;
  return stringify({ ...settings, ...(certificates === undefined ? {} : { ssl_verify: certificates }) });
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
