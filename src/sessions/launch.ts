import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { CallContext } from '../concurrency/shared-work.ts';
import { timed } from '../concurrency/timed.ts';
import type { ContainerDetails, Image } from '../engine/engine.ts';
import { ensureEnvironment } from '../environments/build/build-environment.ts';
import { ensureDockerfile } from '../environments/dockerfile/build-dockerfile.ts';
import { certificateFiles } from '../host/certificates.ts';
import { resolveImage } from '../images/resolve-image.ts';
import type { Kind } from '../notebooks/kind.ts';
import { findKind } from '../notebooks/kinds.ts';
import type { Server } from '../notebooks/running-server.ts';
import { EzjError, toEzjError } from '../protocol/errors.ts';
import { freeName, slug } from '../protocol/names.ts';
import type { KindRequest } from '../protocol/session.ts';
import { type ContainerPlan, planContainer } from './container-plan.ts';
import type { LaunchContext } from './context.ts';
import { runFirstCommand } from './first-command.ts';
import { runFirstCommands, unmetNeeds, withoutJupyter } from './first-start.ts';
import { describeIncompatible } from './incompatible-packages.ts';
import { sessionKey } from './labels.ts';
import { removeOwnHome } from './own-home.ts';
import { portTaken, reserveNamedPort } from './ports.ts';
import { isGone, removedMeanwhile, waitUntilReady } from './readiness.ts';
import { serverOf } from './server-of.ts';
import { startOnFreePort } from './start-container.ts';

/** A new session: the ID of its container, and its tested server. */
export interface Launched {
  container: string;
  server: Server;
  details: ContainerDetails;
}

/**
 * Starts a new session and returns it when it is ready:
 *
 * 1. Pull or build the image if it is missing.
 * 2. Choose a name, a free port and a token. Create the container, and add the identity and home folder of the user.
 * 3. Start the container. If another program took the port in the meantime, create the container again with the next
 * port.
 * 4. Wait for a response that proves that the server is ready. Create a file to prove that it can write to the project.
 *
 * If a step fails, removes the container, and the home volume if this launch created it.
 *
 * @throws `project-missing`, `name-taken`, `port-taken`, `mount-missing`, `not-writable`, `session-exited`,
 *   `session-not-ready`, `server-foreign`, `cancelled`, and those of `resolveImage`
 */
export async function launchSession(
  request: KindRequest,
  context: LaunchContext,
  call: CallContext,
): Promise<Launched> {
  await checkFolder(request.project);
  const name = await reserveName(request, context);
  try {
    await checkPort(request, context);
    const key = sessionKey(request, context.owner);
    return await context.registry.starting(key, () => launchAs(name, request, context, call));
  } finally {
    context.reserved.names.delete(name);
  }
}

async function launchAs(
  name: string,
  request: KindRequest,
  context: LaunchContext,
  call: CallContext,
): Promise<Launched> {
  const { engine, info, config, owner } = context;
  const kind = findKind(request.kind, context.kinds);
  if (request.imageTag !== undefined && kind.name !== 'rstudio') throw noVersions(kind);
  const image = await timed(call.report, 'find the image', () => chooseImage(kind, request, context, call));
  const token = request.env[kind.secret] ?? randomBytes(24).toString('hex');
  const certificates = await certificateFiles(request.host);
  const plan = planContainer(request, {
    kind,
    image,
    engine: info,
    config,
    owner,
    token,
    certificates,
    ofProject: imageOfProject(request, context) !== undefined,
    environment: context.environment?.hash,
  });
  let container: string | undefined;
  try {
    call.report({ type: 'step', text: `Starting ${name} from ${plan.spec.image}` });
    const started = await startOnFreePort(plan, name, context, call);
    container = started.container;
    const filling = engine.putFiles(container, started.later);
    // An error from the server explains more than the error of this command.
    filling.catch(() => {});
    const ready = await proveReady(plan, { container, name }, context, call);
    await filling;
    const { devcontainer } = context.environment ?? {};
    if (devcontainer) await runFirstCommands(engine, container, devcontainer, { ...plan, ...call });
    return { container, ...ready };
  } catch (error) {
    // If the container is gone, that is the reason for the failure.
    const removed = container !== undefined && (await isGone(engine, container));
    if (container !== undefined) await discard(container, context);
    await removeOwnHome(engine, plan).catch(() => {});
    if (call.signal.aborted) throw new EzjError({ code: 'cancelled', message: 'Cancelled.', cause: error });
    if (removed) throw removedMeanwhile(error);
    const by = imageOfProject(request, context);
    throw by === undefined ? error : withoutJupyter(toEzjError(error), by);
  }
}

function noVersions({ title }: Kind): EzjError {
  return new EzjError({
    code: 'usage',
    message: `--r-version works only with RStudio, and this is ${title}.`,
    hint: 'Add --rstudio, or choose an image with --image.',
  });
}

/**
 * Gets the image of a session: from the Dockerfile of the project, or the image of the kind with the environment of the
 * project.
 */
async function chooseImage(
  kind: Kind,
  request: KindRequest,
  { engine, info, owner, config, environment, records }: LaunchContext,
  call: CallContext,
): Promise<Image> {
  const { host, refresh } = request;
  const notes = environment?.plan.notes ?? [];
  const unmet = environment?.devcontainer ? unmetNeeds(environment.devcontainer, info) : [];
  for (const text of [...notes, ...unmet]) call.report({ type: 'warning', text });
  const common = { info, owner, host, refresh };
  const noteUse = ({ tags }: Image) => records.used(tags[0] ?? '', { project: request.project, kind: request.kind });
  if (environment?.build) {
    const made = await ensureDockerfile(engine, environment, environment.build, common, call);
    noteUse(made);
    return made;
  }
  const base = await resolveImage(engine, { kind, config, owner, request }, call);
  if (environment === undefined) return base;
  const registry = config['env.registry'];
  const shared = registry === '' ? undefined : { registry, imported: records.imported };
  const input = { ...common, base, records, pidsLimit: config['limits.pids'], cran: config['build.cran'], shared };
  const image = await ensureEnvironment(engine, environment, input, call);
  if (image !== base) noteUse(image);
  return image;
}

/** The project file that names or makes the image of its sessions. */
function imageOfProject({ image }: KindRequest, { environment }: LaunchContext): string | undefined {
  const { build, devcontainer } = environment ?? {};
  if (build) return build.file.path;
  return image !== undefined && image === devcontainer?.image ? devcontainer.file.path : undefined;
}

/** Checks a requested port before a pull or build that takes minutes. */
async function checkPort({ port, bind }: KindRequest, { config, registry, reserved }: LaunchContext): Promise<void> {
  if (port === undefined) return;
  const holder = (await registry.list()).find((session) => session.port === port);
  if (holder) throw portTaken(port, holder.name);
  await reserveNamedPort(port, { address: bind ?? config.bind, reserved: reserved.ports });
  reserved.ports.delete(port);
}

async function checkFolder(project: string): Promise<void> {
  const found = await stat(project).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new EzjError({
    code: 'project-missing',
    message: `${project} ${found ? 'is not a folder' : 'does not exist'}.`,
    hint: 'Name a folder: `ezj DIR`.',
  });
}

async function reserveName(
  { project, kind, name }: KindRequest,
  { registry, reserved }: LaunchContext,
): Promise<string> {
  const taken = [...(await registry.list()).map((session) => session.name), ...reserved.names];
  if (name !== undefined && taken.includes(name)) {
    throw new EzjError({
      code: 'name-taken',
      message: `A session named ${name} exists already.`,
      hint: 'Choose another --name, or `ezj stop` that one.',
    });
  }
  const folder = slug(project.split(/[\\/]/).at(-1) ?? '');
  const chosen = name ?? freeName(kind === 'python' ? folder : slug(`${folder}-${kind}`), taken);
  reserved.names.add(chosen);
  return chosen;
}

async function proveReady(
  plan: ContainerPlan,
  { container, name }: { container: string; name: string },
  { engine, info, config, registry }: LaunchContext,
  { report, signal }: CallContext,
): Promise<{ server: Server; details: ContainerDetails }> {
  const details = await engine.inspectContainer(container);
  if (details === undefined) throw removedMeanwhile();
  registry.note(details);
  const firstCommand = () => runFirstCommand(engine, container, { plan, anyOwner: info.virtualMachine });
  const first = timed(report, 'check the folder', firstCommand).then(
    (incompatible) => ({ incompatible, failure: undefined }),
    // A read-only project needs no write check.
    (error: unknown) => ({ incompatible: [], failure: plan.request.readOnly ? undefined : toEzjError(error) }),
  );
  const deadlineMs = config['ready.timeoutSeconds'] * 1000;
  const waiting = { engine, container, server: serverOf(details), deadlineMs, signal };
  const server = await timed(report, 'wait for the server', () => waitUntilReady(waiting));
  // Waits for the server first: the log of an ended container explains more than a failed write check.
  const { incompatible, failure } = await first;
  if (failure) throw failure;
  for (const each of incompatible) report({ type: 'warning', text: describeIncompatible(each, name) });
  return { server, details };
}

async function discard(container: string, { engine, registry }: LaunchContext): Promise<void> {
  await engine.removeContainer(container).catch(() => {});
  await registry.refresh(container).catch(() => {});
}
