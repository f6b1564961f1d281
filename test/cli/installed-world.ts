import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { InstalledReport } from '../../src/protocol/environment.ts';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { LIGHT_SERVER } from '../environment/light-server.ts';
import { type PackageIndex, startIndex } from '../environment/package-index.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { buildImage } from './derived-image.ts';
import { runJson } from './notebooks.ts';

/** A user with packages of these tests' own in an index, and sessions whose pip knows it. */
export interface World {
  sandbox: Sandbox;
  index: PackageIndex;
  /** An image of this world alone: what is built on it, no other run on the same engine has built before. */
  image: string;
  start: (...args: string[]) => Promise<SessionAccess>;
}

/** It is closed with the test. */
export async function openWorld({
  uid,
  base = LIGHT_SERVER.base,
}: {
  uid?: number;
  base?: string;
} = {}): Promise<World> {
  const [sandbox, index] = [await createSandbox({ uid }), await startIndex()];
  onTestFinished(async () => {
    await sandbox.cleanup();
    await index.close();
  });
  Object.assign(sandbox.env, { PIP_INDEX_URL: index.url, PIP_TRUSTED_HOST: index.host });
  const image = await buildImage(sandbox, { dockerfile: `FROM ${base}\n` });
  const settings = ['-e', `PIP_INDEX_URL=${index.url}`, '-e', `PIP_TRUSTED_HOST=${index.host}`];
  const start = (...args: string[]) => runJson<SessionAccess>(sandbox, ['-d', '--image', image, ...settings, ...args]);
  return { sandbox, index, image, start };
}

/** Writes a file of the project. */
export const write = ({ project }: Sandbox, name: string, text: string) => writeFile(path.join(project, name), text);
/** Reads a file of the project. */
export const read = ({ project }: Sandbox, name: string) => readFile(path.join(project, name), 'utf8');
/** What is installed beyond the project's files. */
export const diff = (sandbox: Sandbox) => runJson<InstalledReport>(sandbox, ['env', 'diff']);

/** Installs by pip in the session, whose remarks do not matter. */
export async function pip(sandbox: Sandbox, ...args: string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await sandbox.run(['shell', '--', 'pip', 'install', ...args]);
  expect({ exitCode, said: exitCode === 0 ? '' : stdout + stderr }).toEqual({ exitCode: 0, said: '' });
}
