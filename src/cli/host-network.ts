import { existsSync } from 'node:fs';
import path from 'node:path';
import type { HostNetwork } from '../protocol/session.ts';

const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'];
const BUNDLE_VARIABLES = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'];

/** The proxies and the certificate bundle that the user's environment names. */
export function readHostNetwork(env: NodeJS.ProcessEnv, isFile: (file: string) => boolean = existsSync): HostNetwork {
  const proxy: Record<string, string> = {};
  for (const name of PROXY_VARIABLES.flatMap((upper) => [upper, upper.toLowerCase()])) {
    const value = env[name];
    if (value) proxy[name] = value;
  }
  const bundle = BUNDLE_VARIABLES.map((name) => env[name]).find((file) => file && isFile(file));
  return { proxy, certificates: bundle && path.resolve(bundle) };
}
