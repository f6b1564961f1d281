import { lookup } from 'node:dns/promises';
import { statfs } from 'node:fs/promises';
import https from 'node:https';
import getPort from 'get-port';
import type { Config } from '../config/keys.ts';
import type { EngineInfo } from '../engine/engine.ts';
import { parseImageReference } from '../engine/image-reference.ts';
import { readBundle } from '../host/certificates.ts';
import { BUILT_IN } from '../notebooks/kinds.ts';
import { toEzjError } from '../protocol/errors.ts';
import type { Finding } from '../protocol/image.ts';
import type { HostNetwork } from '../protocol/session.ts';
import type { LaunchContext } from '../sessions/launch.ts';

const GIB = 1024 ** 3;

/** What the examination looks at. */
export interface Surroundings {
  context: () => Promise<LaunchContext>;
  host: HostNetwork;
  /** What the configuration file has against it. */
  warnings: string[];
}

/** Looks at everything that a session needs, and ends each finding with what to do. */
export async function examine({ context, host, warnings }: Surroundings): Promise<Finding[]> {
  const settings: Finding[] = warnings.map((text) => ({
    check: 'configuration',
    status: 'warning',
    text,
    fix: 'Set the keys anew with `ezj config set`.',
  }));
  const engine = await context().then(
    (found) => ({ found }),
    (error: unknown) => ({ error: toEzjError(error) }),
  );
  const surroundings = [checkPorts(), checkProxy(host), checkCertificates(host)];
  if ('error' in engine) {
    const { message, hint, details = [] } = engine.error;
    const text = [message, ...details].join('\n');
    const finding: Finding = { check: 'engine', status: 'problem', text, fix: hint ?? 'ezj setup' };
    return [finding, ...settings, ...(await Promise.all(surroundings))];
  }
  const { info, config } = engine.found;
  const findings = await Promise.all([
    checkEngine(info),
    checkDisk(info),
    checkMemory(info),
    ...registriesOf(officialImages(config)).map((registry) => checkRegistry(registry, host)),
    ...surroundings,
  ]);
  return [...findings, ...settings];
}

function checkEngine({ product, version, source, rootless, architecture }: EngineInfo): Finding {
  const mode = rootless ? 'rootless' : 'rootful';
  return { check: 'engine', status: 'ok', text: `${product} ${version}, ${mode}, ${architecture}, at ${source}` };
}

async function checkDisk({ dataDir, virtualMachine }: EngineInfo): Promise<Finding> {
  const space = virtualMachine ? undefined : await statfs(dataDir).catch(() => undefined);
  if (!space)
    return { check: 'disk', status: 'ok', text: `${dataDir} is on the engine's machine and was not looked at` };
  const freeGib = (space.bavail * space.bsize) / GIB;
  const text = `${freeGib.toFixed(1)} GiB free in ${dataDir}`;
  if (freeGib >= 5) return { check: 'disk', status: 'ok', text };
  const status = freeGib < 1 ? 'problem' : 'warning';
  return {
    check: 'disk',
    status,
    text,
    fix: 'Images take 1 to 5 GiB: `ezj prune`, then `docker system df` shows what fills it.',
  };
}

function checkMemory({ memoryBytes, cpus, virtualMachine }: EngineInfo): Finding {
  const gib = memoryBytes / GIB;
  const text = `${gib.toFixed(1)} GiB and ${cpus} processors for the engine`;
  if (gib >= 3.5) return { check: 'memory', status: 'ok', text };
  const fix = virtualMachine
    ? "Give the engine's virtual machine more memory in its settings."
    : 'Close what uses memory, or set --memory so that other programs keep theirs.';
  return { check: 'memory', status: 'warning', text, fix };
}

function officialImages(config: Config): string[] {
  return Object.values(BUILT_IN).flatMap(({ image }) => ('official' in image ? [config[image.official]] : []));
}

/** The hosts that these image references are pulled from, each once. */
function registriesOf(references: string[]): string[] {
  const registries = references.flatMap(registryOf);
  return [...new Set(registries)].map((registry) => (registry === 'docker.io' ? 'registry-1.docker.io' : registry));
}

function registryOf(reference: string): string[] {
  try {
    return [parseImageReference(reference).registry];
  } catch {
    // Not the name of an image: whoever starts a session from it is told.
    return [];
  }
}

async function checkRegistry(registry: string, { proxy }: HostNetwork): Promise<Finding> {
  const check = `registry ${registry}`;
  if (Object.keys(proxy).some((name) => /^(https|all)_proxy$/i.test(name)))
    return { check, status: 'ok', text: 'is reached through the proxy: not checked' };
  const failure = await reach(registry);
  if (failure === undefined) return { check, status: 'ok', text: 'answers' };
  return {
    check,
    status: 'warning',
    text: `does not answer (${failure}); ezj builds its own images from Debian packages instead`,
    fix: 'If it should answer: check proxy and certificates, and that the engine has them too.',
  };
}

/** Undefined where the registry's API answers, with whatever status; the reason otherwise. */
async function reach(registry: string): Promise<string | undefined> {
  try {
    await lookup(registry.replace(/:\d+$/, ''));
  } catch (error) {
    return `its name is not found: ${(error as NodeJS.ErrnoException).code}`;
  }
  return new Promise((resolve) => {
    const request = https.get(`https://${registry}/v2/`, { timeout: 5000, agent: false }, (answer) => {
      answer.resume();
      resolve(undefined);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 5 s')));
    request.on('error', (error) => resolve(error.message));
  });
}

async function checkPorts(): Promise<Finding> {
  const port = await getPort({ host: '127.0.0.1' }).catch(() => undefined);
  if (port) return { check: 'ports', status: 'ok', text: 'free ports on 127.0.0.1' };
  return {
    check: 'ports',
    status: 'problem',
    text: 'no port can be opened on 127.0.0.1',
    fix: 'Is the loopback interface up? `ip addr show lo`',
  };
}

function checkProxy({ proxy }: HostNetwork): Finding {
  const names = Object.keys(proxy);
  if (names.length === 0) return { check: 'proxy', status: 'ok', text: 'none set' };
  const loopback = Object.entries(proxy).find(
    ([name, value]) => !/^no_proxy$/i.test(name) && /\/\/(localhost|127\.|\[::1\])/.test(value),
  );
  if (!loopback) return { check: 'proxy', status: 'ok', text: `${names.join(', ')} reach builds and sessions` };
  return {
    check: 'proxy',
    status: 'warning',
    text: `${loopback[0]} is ${loopback[1].replace(/\/\/[^@/]*@/, '//…@')}: inside a container that is the container itself`,
    fix: "Name the proxy by an address that containers reach, such as the machine's own.",
  };
}

async function checkCertificates({ certificates }: HostNetwork): Promise<Finding> {
  if (certificates === undefined) return { check: 'certificates', status: 'ok', text: 'no bundle of your own is set' };
  if (await readBundle(certificates))
    return { check: 'certificates', status: 'ok', text: `${certificates} reaches builds and sessions` };
  return {
    check: 'certificates',
    status: 'problem',
    text: `${certificates} cannot be read`,
    fix: 'Set SSL_CERT_FILE to a PEM file that you can read.',
  };
}
