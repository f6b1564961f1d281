import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EzjError } from '../protocol/errors.ts';
import type { EngineAddress } from './connection.ts';
import { dockerConfigDir, type EngineUser, readDockerConfig, readJsonFile } from './docker-config.ts';

/** The parts of a context's `meta.json` that ezj reads. */
interface ContextMeta {
  Endpoints?: { docker?: { Host?: string; SkipTLSVerify?: boolean } };
}

/**
 * The address of the docker context in use: `$DOCKER_CONTEXT`, or the one that `docker context use` chose. Undefined for
 * the context `default`, which has no address.
 * Its file: https://github.com/docker/cli/blob/master/cli/context/store/store.go
 *
 * @throws `engine-not-found` if the context does not exist or has no address, `config-invalid` if a file is not JSON
 */
export function currentContext(user: EngineUser): EngineAddress | undefined {
  const name = user.env.DOCKER_CONTEXT || readDockerConfig(user).currentContext;
  if (!name || name === 'default') return undefined;
  const id = createHash('sha256').update(name).digest('hex');
  const folder = join(dockerConfigDir(user), 'contexts');
  const meta: ContextMeta | undefined = readJsonFile(join(folder, 'meta', id, 'meta.json'));
  const endpoint = meta?.Endpoints?.docker;
  if (!endpoint?.Host) throw missing(name, meta === undefined ? 'does not exist' : 'names no engine');
  const tls = tlsFiles(join(folder, 'tls', id, 'docker'), endpoint.SkipTLSVerify !== true);
  return { host: endpoint.Host, source: `docker context "${name}"`, ...(tls && { tls }) };
}

function tlsFiles(folder: string, verify: boolean): EngineAddress['tls'] {
  const files = { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  return existsSync(files.cert) ? { ...files, verify } : undefined;
}

function missing(name: string, reason: string): EzjError {
  return new EzjError({
    code: 'engine-not-found',
    message: `The docker context ${JSON.stringify(name)} ${reason}`,
    hint: 'See them with `docker context ls`; choose one with `docker context use NAME`.',
  });
}
