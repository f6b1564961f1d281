import { readFile } from 'node:fs/promises';
import type { HostNetwork } from '../protocol/session.ts';

/** The settings of pip that mean the same in a build as on the host; paths, such as a certificate's, do not. */
const SETTINGS = ['index-url', 'extra-index-url', 'trusted-host', 'no-index', 'timeout', 'retries'];

/** Where the user's pip finds packages, as the variables that tell pip and uv so: what pip.conf files say, then the environment. */
export async function indexVariables({ indexes = {}, pipConfigs = [] }: HostNetwork): Promise<Record<string, string>> {
  const texts = await Promise.all(pipConfigs.map((file) => readFile(file, 'utf8').catch(() => '')));
  const pip: Record<string, string> = Object.assign({}, ...texts.map(readPipConfig), indexes);
  return { ...forUv(pip), ...pip };
}

/** uv reads nothing that is pip's. https://docs.astral.sh/uv/reference/environment/ */
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

/** What the sections `global` and `install` of a pip.conf say. https://pip.pypa.io/en/stable/topics/configuration/ */
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
    // A value may go on in lines that are indented.
    const value = setting ? (setting[2] ?? '') : `${variables[variable]} ${line.trim()}`;
    variables[variable] = value.trim();
  }
  return variables;
}
