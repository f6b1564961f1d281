import { join } from 'node:path';
import { isLoopback } from '../protocol/addresses.ts';
import { EzjError } from '../protocol/errors.ts';
import type { EngineAddress } from './connection.ts';
import { dockerConfigDir, type EngineUser } from './docker-config.ts';
import { currentContext } from './docker-contexts.ts';

/**
 * The address of the engine that the user names, in the order of docker's own command line: `DOCKER_HOST`, then
 * `DOCKER_CONTEXT`, then the context in use; last, Podman's `CONTAINER_HOST`. Undefined if the user names none.
 *
 * @throws `engine-not-found` for an address that ezj cannot use, `config-invalid`
 */
export function namedEngine(user: EngineUser): EngineAddress | undefined {
  const address = fromVariable(user, 'DOCKER_HOST') ?? currentContext(user) ?? fromVariable(user, 'CONTAINER_HOST');
  if (address) checkAddress(address);
  return address;
}

function fromVariable(user: EngineUser, name: 'DOCKER_HOST' | 'CONTAINER_HOST'): EngineAddress | undefined {
  const value = user.env[name]?.trim();
  if (!value) return undefined;
  // Docker takes a bare `host:port` for TCP.
  const host = value.includes('://') ? value : `tcp://${value}`;
  const tls = /^tcp:/.test(host) ? tlsOf(user) : undefined;
  return { host, source: `${name}=${value}`, ...(tls && { tls }) };
}

/** https://docs.docker.com/engine/security/protect-access/#secure-by-default */
function tlsOf(user: EngineUser): EngineAddress['tls'] {
  const { DOCKER_TLS_VERIFY, DOCKER_TLS, DOCKER_CERT_PATH } = user.env;
  if (!DOCKER_TLS_VERIFY && !DOCKER_TLS) return undefined;
  const folder = DOCKER_CERT_PATH || dockerConfigDir(user);
  const files = { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  return { ...files, verify: Boolean(DOCKER_TLS_VERIFY) };
}

function checkAddress({ host, source }: EngineAddress): void {
  if (/^(?:unix|npipe):\/\/./.test(host)) return;
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (url?.protocol === 'tcp:' && isLoopback(url.hostname)) return;
  if (url?.hostname && /^(?:ssh|tcp):$/.test(url.protocol)) throw remote(source, url.hostname);
  throw new EzjError({
    code: 'engine-not-found',
    message: `${source} is not the address of an engine`,
    hint: 'An address looks like `unix:///var/run/docker.sock` or `tcp://127.0.0.1:2375`.',
  });
}

function remote(source: string, hostname: string): EzjError {
  return new EzjError({
    code: 'engine-not-found',
    message: `${source} is an engine on another machine (${hostname}), and it cannot mount a project folder of this machine`,
    hint: `Run ezj on ${hostname}, or use an engine here: \`unset DOCKER_HOST\`, \`docker context use default\`.`,
  });
}
