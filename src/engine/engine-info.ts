import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { type Connection, openAnswer, readJson } from './connection.ts';
import type { EngineInfo } from './engine.ts';
import { callEngine, openStream } from './engine-call.ts';

/** The fields of `GET /info` that ezj reads; any may be missing on Podman. */
interface RawInfo {
  OperatingSystem?: string;
  OSType?: string;
  Architecture?: string;
  Name?: string;
  SecurityOptions?: string[] | null;
  NCPU?: number;
  MemTotal?: number;
  DockerRootDir?: string;
  ID?: string;
}

/** The fields of `GET /version` that ezj reads. */
interface RawVersion {
  Version?: string;
  Arch?: string;
  Components?: { Name: string }[];
}

const podmen = new WeakMap<Connection, boolean>();

/** Resolves when the engine answers `GET /_ping`. */
export async function pingEngine(
  connection: Connection,
  options: { signal?: AbortSignal; timeoutMs: number },
): Promise<void> {
  const answer = await openStream(connection, { what: 'reach the engine', ...options }, (abortSignal) =>
    openAnswer(connection, { path: '/_ping', abortSignal }),
  );
  answer.resume();
}

/** Reads the kind and properties of the engine. */
export async function readEngineInfo(
  connection: Connection,
  options: { signal?: AbortSignal } = {},
): Promise<EngineInfo> {
  const call = { what: 'ask the engine about itself', ...options };
  const [info, version] = await callEngine(connection, call, (abortSignal) =>
    Promise.all([
      readJson<RawInfo>(connection, '/info', abortSignal),
      readJson<RawVersion>(connection, '/version', abortSignal),
    ]),
  );
  const podman = isPodmanVersion(version);
  podmen.set(connection, podman);
  const has = (option: string) =>
    (info.SecurityOptions ?? []).some((line) => line.split(',').includes(`name=${option}`));
  return {
    product: podman ? 'podman' : 'docker',
    version: version.Version ?? '',
    source: connection.source,
    host: connection.host,
    os: info.OperatingSystem ?? info.OSType ?? '',
    architecture: info.Architecture ?? version.Arch ?? '',
    rootless: has('rootless'),
    virtualMachine: runsInVirtualMachine(info),
    selinux: has('selinux'),
    cpus: info.NCPU ?? 0,
    memoryBytes: info.MemTotal ?? 0,
    dataDir: info.DockerRootDir ?? '',
    // Podman has another one for each call.
    id: (podman ? undefined : info.ID) || machineId(),
  };
}

/** The ID of this machine; without one, the user's home folder. https://www.freedesktop.org/software/systemd/man/machine-id.html */
function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    return homedir();
  }
}

/** Whether the engine is Podman. Asks once per connection. */
export async function isPodman(connection: Connection): Promise<boolean> {
  const known = podmen.get(connection);
  if (known !== undefined) return known;
  const version = await callEngine(connection, { what: 'ask the engine for its version' }, (abortSignal) =>
    readJson<RawVersion>(connection, '/version', abortSignal),
  );
  const podman = isPodmanVersion(version);
  podmen.set(connection, podman);
  return podman;
}

function isPodmanVersion({ Components }: RawVersion): boolean {
  return (Components ?? []).some(({ Name }) => /podman/i.test(Name));
}

function runsInVirtualMachine({ OperatingSystem, OSType, Name }: RawInfo): boolean {
  // On other systems, Linux containers always run in a virtual machine, whatever the product.
  if (process.platform !== 'linux' && OSType !== 'windows') return true;
  return OperatingSystem === 'Docker Desktop' || /^(?:colima|lima-|rancher-desktop|orbstack)/i.test(Name ?? '');
}
