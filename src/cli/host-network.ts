import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { HostNetwork } from '../protocol/session.ts';

const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'];
const BUNDLE_VARIABLES = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'];

/** Where pip and uv find packages. */
const INDEX_VARIABLES = [
  'PIP_INDEX_URL',
  'PIP_EXTRA_INDEX_URL',
  'PIP_TRUSTED_HOST',
  'PIP_NO_INDEX',
  'UV_DEFAULT_INDEX',
  'UV_INDEX',
  'UV_INDEX_URL',
  'UV_EXTRA_INDEX_URL',
  'UV_INSECURE_HOST',
];

/** pip's configuration files, the one that counts most last. https://pip.pypa.io/en/stable/topics/configuration/ */
function pipConfigs(env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME ?? os.homedir();
  const user = [
    path.join(home, '.pip', 'pip.conf'),
    path.join(env.XDG_CONFIG_HOME ?? path.join(home, '.config'), 'pip', 'pip.conf'),
  ];
  return ['/etc/pip.conf', ...user, ...(env.PIP_CONFIG_FILE ? [path.resolve(env.PIP_CONFIG_FILE)] : [])];
}

/** conda's, likewise. https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/use-condarc.html */
function condaConfigs(env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME ?? os.homedir();
  const user = [path.join(env.XDG_CONFIG_HOME ?? path.join(home, '.config'), 'conda', '.condarc')];
  user.push(path.join(home, '.conda', '.condarc'), path.join(home, '.condarc'));
  return ['/etc/conda/.condarc', ...user, ...(env.CONDARC ? [path.resolve(env.CONDARC)] : [])];
}

/** The proxies, the certificate bundle and the package indexes that the user's environment names. */
export function readHostNetwork(env: NodeJS.ProcessEnv, isFile: (file: string) => boolean = existsSync): HostNetwork {
  const proxy: Record<string, string> = {};
  for (const name of PROXY_VARIABLES.flatMap((upper) => [upper, upper.toLowerCase()])) {
    const value = env[name];
    if (value) proxy[name] = value;
  }
  const bundle = BUNDLE_VARIABLES.map((name) => env[name]).find((file) => file && isFile(file));
  const indexes = Object.fromEntries(INDEX_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  return {
    proxy,
    certificates: bundle && path.resolve(bundle),
    indexes,
    pipConfigs: pipConfigs(env).filter(isFile),
    condaConfigs: condaConfigs(env).filter(isFile),
    cran: env.CRAN || undefined,
  };
}
