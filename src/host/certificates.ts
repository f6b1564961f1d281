import { readFile } from 'node:fs/promises';
import path from 'node:path';
import tls from 'node:tls';
import type { ContainerFile } from '../engine/engine.ts';
import type { HostNetwork } from '../protocol/session.ts';

/** The folder of the host's certificates in a session. */
const CERTIFICATES = '/etc/ezj/certificates.crt';

/** A bundle with fewer certificates than this holds only additions, not all certificates that a user needs. */
const WHOLE_BUNDLE = 50;

/** The certificate bundle of the host as a file for the container, and the variables that make programs use it. */
export async function certificateFiles({
  certificates,
}: HostNetwork): Promise<{ files: ContainerFile[]; env: Record<string, string> }> {
  const bundle = certificates === undefined ? undefined : await readBundle(certificates);
  if (bundle === undefined) return { files: [], env: {} };
  return {
    files: [
      { path: path.posix.dirname(CERTIFICATES), mode: 0o755, uid: 0, gid: 0 },
      { path: CERTIFICATES, content: bundle, mode: 0o644, uid: 0, gid: 0 },
    ],
    env: certificateVariables(CERTIFICATES),
  };
}

/** The variables that make programs use a bundle. */
export function certificateVariables(file: string): Record<string, string> {
  const names = [
    'SSL_CERT_FILE',
    'REQUESTS_CA_BUNDLE',
    'CURL_CA_BUNDLE',
    'PIP_CERT',
    'NODE_EXTRA_CA_CERTS',
    'GIT_SSL_CAINFO',
  ];
  return Object.fromEntries(names.map((name) => [name, file]));
}

/**
 * A PEM bundle of the host, completed with the bundle of Mozilla if it holds only additions; undefined if it cannot be
 * read.
 */
export async function readBundle(file: string): Promise<Buffer | undefined> {
  const bundle = await readFile(file).catch(() => undefined);
  if (bundle === undefined) return undefined;
  const count = bundle.toString('latin1').split('-----BEGIN').length - 1;
  return count >= WHOLE_BUNDLE
    ? bundle
    : Buffer.concat([bundle, Buffer.from(`\n${tls.rootCertificates.join('\n')}\n`)]);
}
