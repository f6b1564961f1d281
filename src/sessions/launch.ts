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

/** A session that has just been launched: its container's id, and its server, which was proved ready. */
export interface Launched {
  container: string;
  server: Server;
  details: ContainerDetails;
}

/**
 * Starts a new session and gives it when it is ready:
 *
 * 1. The image, pulled or built where it is not there.
 * 2. A name, a free port, a token; the container, created but not started; the user's identity and home put into it.
 * 3. Started. A port that was lost to somebody else in between: the container is made again with the next one.
 * 4. Ready is proved by the server's own answer; that it can write to the project, by a file.
 *
 * Whatever fails, the container is removed, and the home volume too where this launch made it.
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
    // What it fails with is told less well than what the server says.
    filling.catch(() => {});
    const ready = await proveReady(plan, { container, name }, context, call);
    await filling;
    const { devcontainer } = context.environment ?? {};
    if (devcontainer) await runFirstCommands(engine, container, devcontainer, { ...plan, ...call });
    return { container, ...ready };
  } catch (error) {
    // What failed in a container that is gone failed because it is gone.
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

/** The image of a session: of the project's Dockerfile, or the kind's with what the project's files ask for on it. */
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

/** The file of the project that names or makes the image of its sessions. */
function imageOfProject({ image }: KindRequest, { environment }: LaunchContext): string | undefined {
  const { build, devcontainer } = environment ?? {};
  if (build) return build.file.path;
  return image !== undefined && image === devcontainer?.image ? devcontainer.file.path : undefined;
}

/** A port that the user names is looked at before an image is pulled or built for minutes. */
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
    // What cannot be written to has nothing to prove.
    (error: unknown) => ({ incompatible: [], failure: plan.request.readOnly ? undefined : toEzjError(error) }),
  );
  const deadlineMs = config['ready.timeoutSeconds'] * 1000;
  const waiting = { engine, container, server: serverOf(details), deadlineMs, signal };
  const server = await timed(report, 'wait for the server', () => waitUntilReady(waiting));
  // Read after the server's answer: a container that has ended tells more by its log than by the proof that failed in it.
  const { incompatible, failure } = await first;
  if (failure) throw failure;
  for (const each of incompatible) report({ type: 'warning', text: describeIncompatible(each, name) });
  return { server, details };
}

async function discard(container: string, { engine, registry }: LaunchContext): Promise<void> {
  await engine.removeContainer(container).catch(() => {});
  await registry.refresh(container).catch(() => {});
}
