import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * The setting that names an engine for this user, such as `DOCKER_HOST=unix:///…` or `docker context "colima"`, in the order of docker's
 * own command line with Podman's `CONTAINER_HOST` last; undefined if ezj is free to choose one. The daemon checks whether that
 * engine is available.
 */
export function namedEngine(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return variable(env, 'DOCKER_HOST') ?? context(env) ?? variable(env, 'CONTAINER_HOST');
}

function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]?.trim();
  return value ? `${name}=${value}` : undefined;
}

function context(env: NodeJS.ProcessEnv): string | undefined {
  const name = env.DOCKER_CONTEXT || contextInUse(env);
  return name && name !== 'default' ? `docker context "${name}"` : undefined;
}

function contextInUse(env: NodeJS.ProcessEnv): string | undefined {
  const folder = env.DOCKER_CONFIG || path.join(os.homedir(), '.docker');
  try {
    return JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')).currentContext;
  } catch {
    // No file, or a broken one, which the engine's part of ezj reports.
    return undefined;
  }
}
