import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';

const DEADLINE_MS = 20_000;

/** Who may use a registry that asks for a password. */
export interface Credentials {
  user: string;
  password: string;
}

/** A real registry on a loopback port, which Docker's engine takes for an insecure one without any setting. */
export interface Registry {
  /** `127.0.0.1:PORT`, the first part of an image's name. */
  host: string;
  url: string;
  /** Cuts downloads; only there with `faults`. */
  faults?: CuttingProxy;
  /** Ends the registry and deletes what it held. */
  stop: () => Promise<void>;
}

/** Starts Debian's `docker-registry`, empty; `faults` puts a proxy in front that can cut a download in the middle. */
export async function startRegistry({
  auth,
  faults = false,
}: {
  auth?: Credentials;
  faults?: boolean;
} = {}): Promise<Registry> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ezj-registry-'));
  const port = await findFreePort();
  const config = path.join(folder, 'config.yml');
  await writeFile(config, JSON.stringify(await describe({ folder, port, auth }), null, 2));
  // YAML holds JSON. Its output is of use only where it does not start.
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  await waitUntilUp({ port, child, readOutput: () => Buffer.concat(output).toString() });
  const proxy = faults ? await startCuttingProxy({ port }) : undefined;
  const host = `127.0.0.1:${proxy?.port ?? port}`;
  return {
    host,
    url: `http://${host}`,
    faults: proxy,
    stop: async () => {
      await proxy?.stop();
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function describe({ folder, port, auth }: { folder: string; port: number; auth?: Credentials }) {
  return {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: path.join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
    ...(auth && { auth: { htpasswd: { realm: 'ezj-test', path: await writePasswords(folder, auth) } } }),
  };
}

async function writePasswords(folder: string, { user, password }: Credentials): Promise<string> {
  const file = path.join(folder, 'htpasswd');
  const { stdout } = await promisify(execFile)('htpasswd', ['-Bbn', user, password]);
  await writeFile(file, stdout.trim());
  return file;
}

/** A loopback port that is free at this moment. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function waitUntilUp(options: { port: number; child: ChildProcess; readOutput: () => string }): Promise<void> {
  const { port, child, readOutput } = options;
  const end = Date.now() + DEADLINE_MS;
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  while (!(await answers(port))) {
    if (failure) throw failure;
    if (child.exitCode !== null || Date.now() > end) throw new Error(`docker-registry did not start: ${readOutput()}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const call = http.get({ host: '127.0.0.1', port, path: '/v2/', agent: false }, (response) => {
      response.resume();
      resolve(true);
    });
    call.on('error', () => resolve(false));
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.on('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
