import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EzjError } from '../protocol/errors.ts';

/** The environment and home folder of the user who runs ezj, which decide on the configuration. */
export interface EngineUser {
  env: NodeJS.ProcessEnv;
  homeDir: string;
}

/** The parts of docker's `config.json` that ezj reads. */
export interface DockerConfig {
  currentContext?: string;
  auths?: Record<string, { auth?: string; identitytoken?: string; username?: string; password?: string }>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

/** The folder of docker's configuration: `$DOCKER_CONFIG`, or `~/.docker`. */
export function dockerConfigDir({ env, homeDir }: EngineUser): string {
  return env.DOCKER_CONFIG || join(homeDir, '.docker');
}

/**
 * Docker's `config.json` (https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties);
 * empty if there is none.
 *
 * @throws `config-invalid` if it is not a JSON object
 */
export function readDockerConfig(user: EngineUser): DockerConfig {
  return readJsonFile(join(dockerConfigDir(user), 'config.json')) ?? {};
}

/**
 * A JSON object from a file; undefined if the file does not exist or is not readable.
 *
 * @throws `config-invalid` if it is not a JSON object
 */
export function readJsonFile(path: string): Record<string, never> | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, never>;
    throw new Error('it is not an object');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${path} cannot be read as JSON: ${reason}`;
    throw new EzjError({ code: 'config-invalid', message, hint: `Fix or remove ${path}.`, cause });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Docker's own command line also continues without it.
    return undefined;
  }
}
