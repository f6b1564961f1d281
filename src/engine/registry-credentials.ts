import { join } from 'node:path';
import type { Report } from '../protocol/events.ts';
import type { Credentials } from './credential-helper.ts';
import { askCredentialHelper } from './credential-helper.ts';
import { type DockerConfig, type EngineUser, readDockerConfig, readJsonFile } from './docker-config.ts';

/** Docker's configuration lists Docker Hub under its address from 2013. */
const HUB_KEY = 'https://index.docker.io/v1/';

/** How to look credentials up. */
export interface CredentialOptions {
  user: EngineUser;
  /** Podman has its own file, which takes precedence over docker's. */
  podman: boolean;
  report: Report;
}

/**
 * The user's credentials for a registry, from `credHelpers`, `credsStore` or `auths` of docker's configuration
 * (https://docs.docker.com/reference/cli/docker/login/#credential-stores) or of Podman's `auth.json`
 * (https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md). Undefined: pull without credentials. A helper that
 * fails causes a warning only, because most images need no credentials.
 *
 * @throws `config-invalid` where a file is no JSON
 */
export async function credentialsFor(registry: string, options: CredentialOptions): Promise<Credentials | undefined> {
  for (const config of configFiles(options)) {
    const found = await fromConfig(config, registry, options);
    if (found) return found;
  }
  return undefined;
}

function* configFiles({ user, podman }: CredentialOptions): Generator<DockerConfig> {
  if (podman) {
    const { REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR } = user.env;
    const path = REGISTRY_AUTH_FILE || (XDG_RUNTIME_DIR && join(XDG_RUNTIME_DIR, 'containers/auth.json'));
    if (path) yield readJsonFile(path) ?? {};
  }
  yield readDockerConfig(user);
}

async function fromConfig(
  config: DockerConfig,
  registry: string,
  { user, report }: CredentialOptions,
): Promise<Credentials | undefined> {
  const keys = keysOf(registry);
  const serveraddress = keys[0] ?? registry;
  const helper = keys.map((key) => config.credHelpers?.[key]).find(Boolean) ?? config.credsStore;
  if (helper) {
    const found = await askCredentialHelper({ helper, serveraddress, env: user.env, report });
    if (found) return found;
  }
  // Older versions of docker wrote `https://host/v1/` and similar keys.
  const auths = Object.entries(config.auths ?? {});
  const [, entry] =
    auths.find(([key]) => keys.includes(key) || (registry !== 'docker.io' && hostOf(key) === registry)) ?? [];
  return entry && fromEntry(entry, serveraddress);
}

function keysOf(registry: string): string[] {
  return registry === 'docker.io' ? [HUB_KEY, 'docker.io', 'index.docker.io'] : [registry];
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

type Entry = NonNullable<DockerConfig['auths']>[string];

/** An entry is empty if a credential helper holds the secret. */
function fromEntry({ auth, identitytoken, username, password }: Entry, serveraddress: string): Credentials | undefined {
  if (identitytoken) return { identitytoken, serveraddress };
  if (!auth) return username && password ? { username, password, serveraddress } : undefined;
  const decoded = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  if (colon < 1) return undefined;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1), serveraddress };
}
