import { lookup } from 'node:dns/promises';
import { statfs } from 'node:fs/promises';
import https from 'node:https';
import { type Config, portRangeOf } from '../config/keys.ts';
import type { EngineInfo } from '../engine/engine.ts';
import { parseImageReference } from '../engine/image-reference.ts';
import { readBundle } from '../host/certificates.ts';
import { BUILT_IN } from '../notebooks/kinds.ts';
import { isLoopback } from '../protocol/addresses.ts';
import { toEzjError } from '../protocol/errors.ts';
import type { Finding } from '../protocol/image.ts';
import type { HostNetwork } from '../protocol/session.ts';
import { hasFreePort } from '../sessions/ports.ts';

const GIB = 1024 ** 3;
/** How long a registry may take to answer. */
const REACH_MS = 5000;

/** What the checks need. */
export interface Surroundings {
  /** Finds the engine; rejects if none answers. */
  engine: () => Promise<EngineInfo>;
  config: Config;
  host: HostNetwork;
  /** Problems in the configuration file. */
  warnings: string[];
}

/** Checks everything that a session needs. Each finding that is not ok names a fix. */
export async function examine({ engine, config, host, warnings }: Surroundings): Promise<Finding[]> {
  const findings = await Promise.all([
    engine().then(checkEngine, checkNoEngine),
    ...registriesOf(config).map((registry) => checkRegistry(registry, host)),
    checkPorts(config),
    checkProxy(host),
    checkCertificates(host),
  ]);
  return [...findings.flat(), ...warnings.map(toFinding)];
}

function toFinding(warning: string): Finding {
  return {
    check: 'configuration',
    status: 'warning',
    text: warning,
    fix: 'Set the keys again with `ezj config set`.',
  };
}

function checkNoEngine(error: unknown): Finding[] {
  const { message, hint, details = [] } = toEzjError(error);
  return [
    { check: 'engine', status: 'problem', text: [message, ...details].join('\n'), fix: hint ?? 'ezj setup' },
    {
      check: 'disk, memory',
      status: 'warning',
      text: 'not checked, because no engine answers',
      fix: 'Run `ezj doctor` again when an engine answers.',
    },
  ];
}

async function checkEngine(info: EngineInfo): Promise<Finding[]> {
  return [describeEngine(info), await checkDisk(info), checkMemory(info)];
}

function describeEngine({ product, version, source, rootless, architecture }: EngineInfo): Finding {
  const mode = rootless ? 'rootless' : 'rootful';
  return { check: 'engine', status: 'ok', text: `${product} ${version}, ${mode}, ${architecture}, at ${source}` };
}

async function checkDisk({ dataDir, virtualMachine }: EngineInfo): Promise<Finding> {
  const space = virtualMachine ? undefined : await statfs(dataDir).catch(() => undefined);
  if (!space) return { check: 'disk', status: 'ok', text: `${dataDir} is on the engine's machine and was not checked` };
  const freeGib = (space.bavail * space.bsize) / GIB;
  const text = `${freeGib.toFixed(1)} GiB free in ${dataDir}`;
  if (freeGib >= 5) return { check: 'disk', status: 'ok', text };
  const status = freeGib < 1 ? 'problem' : 'warning';
  return {
    check: 'disk',
    status,
    text,
    fix: 'Images take 1 to 5 GiB. `ezj prune` frees space, and `docker system df` shows what uses it.',
  };
}

function checkMemory({ memoryBytes, cpus, virtualMachine }: EngineInfo): Finding {
  const gib = memoryBytes / GIB;
  const text = `${gib.toFixed(1)} GiB and ${cpus} processors for the engine`;
  if (gib >= 3.5) return { check: 'memory', status: 'ok', text };
  const fix = virtualMachine
    ? "Give the engine's virtual machine more memory in its settings."
    : 'Close programs that use memory, or limit a session with --memory.';
  return { check: 'memory', status: 'warning', text, fix };
}

/** A registry of official images, and the titles of the kinds that have no other source. */
interface NeededRegistry {
  host: string;
  only: string[];
}

function registriesOf(config: Config): NeededRegistry[] {
  const registries = new Map<string, NeededRegistry>();
  for (const { title, image } of Object.values(BUILT_IN)) {
    for (const registry of 'official' in image ? registryOf(config[image.official]) : []) {
      const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
      const needed = registries.get(host) ?? { host, only: [] };
      registries.set(host, needed);
      if (!('own' in image)) needed.only.push(title);
    }
  }
  return [...registries.values()];
}

function registryOf(reference: string): string[] {
  try {
    return [parseImageReference(reference).registry];
  } catch {
    // Not a valid image name. A start reports it.
    return [];
  }
}

async function checkRegistry({ host, only }: NeededRegistry, { proxy }: HostNetwork): Promise<Finding> {
  const check = `registry ${host}`;
  if (Object.keys(proxy).some((name) => /^(https|all)_proxy$/i.test(name)))
    return { check, status: 'ok', text: 'not checked, because it is behind the proxy' };
  const failure = await reach(host);
  if (failure === undefined) return { check, status: 'ok', text: 'answers' };
  return {
    check,
    status: 'warning',
    text:
      only.length > 0
        ? `does not answer (${failure}); there is no other source for ${only.join(', ')}`
        : `does not answer (${failure}); ezj builds its own images from Debian packages instead`,
    fix: 'If it should answer, check the proxy and the certificates, here and in the engine.',
  };
}

/** Undefined if the API of the registry answers, with any status; otherwise the reason. */
async function reach(registry: string): Promise<string | undefined> {
  try {
    await lookup(registry.replace(/:\d+$/, ''));
  } catch (error) {
    return `its name was not found: ${(error as NodeJS.ErrnoException).code}`;
  }
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(REACH_MS);
    const request = https.get(`https://${registry}/v2/`, { signal, agent: false }, (answer) => {
      // Its body may have no end.
      answer.on('error', () => {}).destroy();
      resolve(undefined);
    });
    request.on('error', (error) => resolve(signal.aborted ? 'no answer within 5 s' : error.message));
  });
}

async function checkPorts(config: Config): Promise<Finding> {
  const { bind, ports } = config;
  const free = await hasFreePort(bind, portRangeOf(config));
  if (free) return { check: 'ports', status: 'ok', text: `free ports among ${ports} on ${bind}` };
  if (free === false) {
    return {
      check: 'ports',
      status: 'problem',
      text: `all ports of ${ports} on ${bind} are in use`,
      fix: 'Stop what uses them (`ezj list`, `ss -ltnp`), or run `ezj config set ports FIRST-LAST`.',
    };
  }
  return {
    check: 'ports',
    status: 'problem',
    text: `no port can be opened on ${bind}`,
    fix: 'Check with `ip addr` that this machine has the address and its interface is up, or run `ezj config set bind 127.0.0.1`.',
  };
}

function checkProxy({ proxy }: HostNetwork): Finding {
  const names = Object.keys(proxy);
  if (names.length === 0) return { check: 'proxy', status: 'ok', text: 'none set' };
  const loopback = Object.entries(proxy).find(
    ([name, value]) => !/^no_proxy$/i.test(name) && isLoopback(hostOf(value)),
  );
  if (!loopback) return { check: 'proxy', status: 'ok', text: `${names.join(', ')} reach builds and sessions` };
  const [name, value] = loopback;
  return {
    check: 'proxy',
    status: 'warning',
    text: `${name} is ${withoutPassword(value)}: in a container, this address is the container itself`,
    fix: 'Set the proxy to an address that containers can reach, such as an address of this machine.',
  };
}

function hostOf(proxy: string): string {
  return /^(?:[a-z\d+.-]+:\/\/)?(?:.*@)?(\[[^\]]*\]|[^:/]*)/i.exec(proxy)?.[1] ?? '';
}

function withoutPassword(proxy: string): string {
  return proxy.replace(/^([a-z\d+.-]+:\/\/)?.*@/i, '$1…@');
}

async function checkCertificates({ certificates }: HostNetwork): Promise<Finding> {
  if (certificates === undefined) return { check: 'certificates', status: 'ok', text: 'no custom bundle is set' };
  if (await readBundle(certificates))
    return { check: 'certificates', status: 'ok', text: `${certificates} reaches builds and sessions` };
  return {
    check: 'certificates',
    status: 'problem',
    text: `${certificates} cannot be read`,
    fix: 'Set SSL_CERT_FILE to a PEM file that you can read.',
  };
}
