import { readFile } from 'node:fs/promises';
import type { HostNetwork } from '../protocol/session.ts';

/** The settings of pip that also apply in a build. Paths, such as the path of a certificate, do not. */
const SETTINGS = ['index-url', 'extra-index-url', 'trusted-host', 'no-index', 'timeout', 'retries'];

/** The package indexes of the user's pip, as variables for pip and uv. Variables override pip.conf files. */
export async function indexVariables({ indexes = {}, pipConfigs = [] }: HostNetwork): Promise<Record<string, string>> {
  const texts = await Promise.all(pipConfigs.map((file) => readFile(file, 'utf8').catch(() => '')));
  const pip: Record<string, string> = Object.assign({}, ...texts.map(readPipConfig), indexes);
  return { ...forUv(pip), ...pip };
}

/**
 * uv ignores the settings of pip.
 * https://docs.astral.sh/uv/reference/environment/
 */
function forUv(pip: Record<string, string>): Record<string, string> {
  const names = {
    PIP_INDEX_URL: 'UV_DEFAULT_INDEX',
    PIP_EXTRA_INDEX_URL: 'UV_INDEX',
    PIP_TRUSTED_HOST: 'UV_INSECURE_HOST',
    PIP_NO_INDEX: 'UV_NO_INDEX',
    PIP_TIMEOUT: 'UV_HTTP_TIMEOUT',
  };
  return Object.fromEntries(
    Object.entries(names).flatMap(([theirs, uvs]) => (pip[theirs] ? [[uvs, pip[theirs].trim()]] : [])),
  );
}

/**
 * Reads the sections `global` and `install` of a pip.conf.
 * https://pip.pypa.io/en/stable/topics/configuration/
 */
export function readPipConfig(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  let section = '';
  let name = '';
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue;
    const heading = /^\[(.+)\]\s*$/.exec(line)?.[1];
    const setting = /^([\w-]+)\s*[=:]\s*(.*)$/.exec(line);
    if (heading !== undefined) [section, name] = [heading, ''];
    else if (setting) name = (setting[1] ?? '').toLowerCase().replaceAll('_', '-');
    if (!['global', 'install'].includes(section) || !SETTINGS.includes(name)) continue;
    const variable = `PIP_${name.toUpperCase().replaceAll('-', '_')}`;
    // A value can continue on indented lines.
    const value = setting ? (setting[2] ?? '') : `${variables[variable]} ${line.trim()}`;
    variables[variable] = value.trim();
  }
  return variables;
}
