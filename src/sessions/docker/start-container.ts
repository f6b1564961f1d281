import type { CallContext } from '../../concurrency/shared-work.ts';
import { timed } from '../../concurrency/timed.ts';
import { portRangeOf } from '../../config/keys.ts';
import type { PortRange } from '../../config/port-range.ts';
import type { ContainerDetails, ContainerFile, Engine, PublishedPort } from '../../engine/engine.ts';
import { refuseForeignVolumes } from '../../engine/own-volumes.ts';
import type { ImageFiles } from '../../notebooks/image-profile.ts';
import { EzjError, toEzjError } from '../../protocol/errors.ts';
import type { Report } from '../../protocol/events.ts';
import { SESSION_NETWORK } from '../../protocol/labels.ts';
import { portTaken, reserveAnyPort, reserveNamedPort, reservePort } from '../ports.ts';
import { isGone, removedMeanwhile } from '../readiness.ts';
import type { SessionPlan } from '../runtime.ts';
import { type ContainerPlan, specOf } from './container-plan.ts';
import type { DockerContext } from './docker-context.ts';
import { identityFiles } from './identity.ts';
import { removeOwnHome } from './own-home.ts';
import { inspectSession } from './read-session.ts';
import { sessionNetwork } from './session-network.ts';
import { startVerified } from './start-verified.ts';

const PORT_ATTEMPTS = 10;

/** A started container. */
interface Started {
  container: string;
  /** Files to add while its server starts. */
  later: ContainerFile[];
  details: ContainerDetails;
}

/**
 * Creates the container of a plan, adds files that the image lacks, and starts it. Returns its ID. If another program
 * takes the port before the start, tries the next port. Makes the network again if it was removed.
 * @throws `port-taken`, `mount-missing`, `image-unsuitable`, and errors of the engine; then nothing is left behind
 */
export async function startOnFreePort(
  plan: ContainerPlan,
  { name, config, environment, ports }: SessionPlan,
  context: DockerContext,
  { signal, report }: CallContext,
): Promise<Started> {
  const { engine } = context;
  const range = portRangeOf(config);
  const { reserved } = ports;
  const others = await ports.ofSessions();
  const lost = new Set<number>();
  const inspect = (id: string) => inspectSession(engine, id);
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
    signal.throwIfAborted();
    const except = new Set([...others, ...lost]);
    const port = await choosePort(plan, { range, except, reserved });
    const forward = await chooseForwards(plan, {
      except,
      reserved,
      wanted: environment?.devcontainer?.forwardPorts ?? [],
    });
    let container: string | undefined;
    try {
      const network = await sessionNetwork(context, report);
      const spec = { ...specOf(plan, { name, port, forward }), network };
      const id = await timed(report, 'create the container', () => engine.createContainer(spec));
      container = id;
      await refuseForeignVolumes(engine, spec.mounts);
      const later = await timed(report, 'put files into it', () => fillContainer(plan, id, engine, report));
      signal.throwIfAborted();
      const details = await timed(report, 'start it', () => startVerified(engine, id, bindsOf(plan)));
      for (const each of forward) report({ type: 'step', text: describeForward(each) });
      return { container, later, details };
    } catch (error) {
      const removed = container !== undefined && (await isGone({ inspect }, container));
      if (container !== undefined) await engine.removeContainer(container);
      if (removed) throw removedMeanwhile(error);
      const { code } = toEzjError(error);
      if (code === 'network-missing' && attempt === 0) await engine.ensureSeparatingNetwork(SESSION_NETWORK);
      else if (code !== 'port-taken') throw error;
      // The next container creates its own volume: a volume that is newer than its container counts as a leftover of a
      // killed launch.
      await removeOwnHome(engine, plan);
      if (code !== 'port-taken') continue;
      if (plan.request.port !== undefined) throw portTaken(port);
      lost.add(port);
    } finally {
      for (const each of [port, ...forward.map((forwarded) => forwarded.port)]) reserved.delete(each);
    }
  }
  throw new EzjError({
    code: 'port-taken',
    message: `${PORT_ATTEMPTS} ports in a row were taken before the session could use them.`,
    hint: 'Choose one with --port.',
  });
}

function bindsOf({ spec: { mounts } }: ContainerPlan): { source: string; target: string }[] {
  return mounts.flatMap((mount) => (mount.type === 'bind' ? [mount] : []));
}

async function choosePort(
  { key, bind: address, request: { port } }: ContainerPlan,
  { range, except, reserved }: { range: PortRange; except: Set<number>; reserved: Set<number> },
): Promise<number> {
  if (port === undefined) return reservePort(key, { address, range, except, reserved });
  await reserveNamedPort(port, { address, reserved });
  return port;
}

/** Chooses ports on loopback for forwarded ports: the same number if it is free, otherwise any free port. */
async function chooseForwards(
  { server }: ContainerPlan,
  { wanted, except, reserved }: { wanted: number[]; except: Set<number>; reserved: Set<number> },
): Promise<PublishedPort[]> {
  const address = '127.0.0.1';
  const forwards: PublishedPort[] = [];
  for (const containerPort of wanted.filter((each) => each !== server.port)) {
    const port = await reserveAnyPort(containerPort, { address, except, reserved });
    forwards.push({ containerPort, address, port });
  }
  return forwards;
}

function describeForward({ containerPort, address, port }: PublishedPort): string {
  return `Port ${containerPort} of the container is ${address}:${port} here`;
}

/**
 * Adds files that the server needs and the image lacks, before the container starts. Returns the files that can follow
 * later.
 */
async function fillContainer(
  { files, profile, identity, home, containerContext, server, spec }: ContainerPlan,
  container: string,
  engine: Engine,
  report: Report,
): Promise<ContainerFile[]> {
  const known = profile.knows(identity.uid);
  const image: ImageFiles = {
    read: (file) => readImageFile(engine, { container, image: containerContext.image.id, file }),
    warn: (text) => report({ type: 'warning', text }),
  };
  const { [server.secret]: _, ...env } = spec.env;
  const added = [
    ...(known ? [] : await identityFiles(image.read, identity, home)),
    ...((await profile.prepare?.(containerContext, image, env)) ?? []),
  ];
  const settings = (await profile.settings?.(containerContext, image)) ?? [];
  const early = [...files, ...added];
  if (early.length === 0) return settings;
  await engine.putFiles(container, [...early, ...settings]);
  return [];
}

const imageFiles = new Map<string, Promise<string | undefined>>();

/** Reads a file of an image from a container that has not started. Caches it, because an image never changes. */
function readImageFile(
  engine: Engine,
  { container, image, file }: { container: string; image: string; file: string },
): Promise<string | undefined> {
  const key = `${image} ${file}`;
  const reading = imageFiles.get(key) ?? engine.readFile(container, file).then((content) => content?.toString('utf8'));
  imageFiles.set(key, reading);
  reading.catch(() => imageFiles.delete(key));
  return reading;
}
