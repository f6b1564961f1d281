import { expect, inject } from 'vitest';
import type { Session, SessionAccess } from '../../src/protocol/session.ts';
import { request } from '../environment/engine-api.ts';
import { listResources, type Resources } from '../environment/resources.ts';
import type { RunOptions, Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';

/** What is left of a sandbox in which nothing was started, or all was removed. */
export const NOTHING: Resources = { containers: [], volumes: [], images: [] };

/** What of the engine's answer to an inspect call tests look at. */
export interface ContainerInspection {
  Id: string;
  State: { Status: string; OOMKilled: boolean };
  Config: { Image: string; User: string; Env: string[]; Labels: Record<string, string> };
  Mounts: { Type: string; Name?: string; Source: string; Destination: string; RW: boolean }[];
  HostConfig: {
    CapAdd: string[] | null;
    CapDrop: string[] | null;
    SecurityOpt: string[] | null;
    Init: boolean;
    PidsLimit: number;
    Privileged: boolean;
    Memory: number;
    NanoCpus: number;
    ShmSize: number;
    PortBindings: Record<string, { HostIp: string; HostPort: string }[]>;
  };
}

/** Reference of ezj's own smallest image, for tests about Jupyter: JupyterLab without the science packages. */
export function baseImage(): string {
  return inject('baseImage');
}

/** Runs a command that has to succeed, with `--json`, and gives what it printed: nothing on stderr. */
export async function runJson<Result>(sandbox: Sandbox, args: string[], options?: RunOptions): Promise<Result> {
  const { exitCode, stdout, stderr } = await sandbox.run([...args, '--json'], options);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as Result;
}

/** Runs a command that has to fail, with `--json`, and gives its error and exit code. */
export async function runFailing(sandbox: Sandbox, args: string[], options?: RunOptions): Promise<Failure> {
  const { exitCode, stdout, stderr } = await sandbox.run([...args, '--json'], options);
  expect({ failed: exitCode !== 0, stdout }).toEqual({ failed: true, stdout: '' });
  return { exitCode, ...JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '').error };
}

export interface Failure {
  exitCode: number | null;
  code: string;
  message: string;
  hint?: string;
  details?: string[];
}

/** Starts a session from the light image in the background. */
export async function startNotebook(
  sandbox: Sandbox,
  args: string[] = [],
  options?: RunOptions,
): Promise<SessionAccess> {
  return runJson<SessionAccess>(sandbox, ['-d', '--image', NOTEBOOK_IMAGE, ...args], options);
}

export function listSessions(sandbox: Sandbox): Promise<Session[]> {
  return runJson<Session[]>(sandbox, ['list']);
}

/** Everything on the engine that carries the sandbox's label. */
export function leftovers({ owner }: Sandbox): Promise<Resources> {
  return listResources({ label: `ezj.owner=${owner}` });
}

/** The status with which a notebook server answers a call that needs the token of the URL. */
export async function askServer(url: string, token = new URL(url).searchParams.get('token')): Promise<number> {
  const answer = await fetch(new URL('/api/status', url), { headers: { authorization: `token ${token}` } });
  await answer.arrayBuffer();
  return answer.status;
}

export async function inspect(container: string): Promise<ContainerInspection> {
  return (await request({ path: `/containers/${container}/json` })) as ContainerInspection;
}

/** Runs a command in a session, as its user, and gives what it printed. */
export async function inSession(sandbox: Sandbox, cmd: string[], options?: RunOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await sandbox.run(['shell', '--', ...cmd], options);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout.trim();
}
