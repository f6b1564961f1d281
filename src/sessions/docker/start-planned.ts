import type { CallContext } from '../../concurrency/shared-work.ts';
import { timed } from '../../concurrency/timed.ts';
import type { Engine } from '../../engine/engine.ts';
import { certificateFiles } from '../../host/certificates.ts';
import { imageOfProject } from '../project-image.ts';
import type { SessionPlan, StartedSession } from '../runtime.ts';
import { chooseImage } from './choose-image.ts';
import { type ContainerPlan, planContainer } from './container-plan.ts';
import type { DockerContext } from './docker-context.ts';
import { removeOwnHome } from './own-home.ts';
import { sessionDetails } from './read-session.ts';
import { startOnFreePort } from './start-container.ts';

/**
 * Starts the container of a session:
 *
 * 1. Pull or build the image if it is missing.
 * 2. Choose a free port. Create the container, and add the identity and home folder of the user.
 * 3. Start the container. If another program took the port in the meantime, create the container again with the next
 * port.
 *
 * If a step fails, removes the container, and the home volume if this start created it. See {@link Runtime.start}.
 */
export async function startPlanned(
  session: SessionPlan,
  context: DockerContext,
  call: CallContext,
): Promise<StartedSession> {
  const { engine, info } = context;
  const plan = await planFor(session, context, call);
  call.report({ type: 'step', text: `Starting ${session.name} from ${plan.spec.image}` });
  try {
    const { container, later, details } = await startOnFreePort(plan, session, context, call);
    const filled = engine.putFiles(container, later);
    // An error from the server explains more than the error of this command.
    filled.catch(() => {});
    return {
      id: container,
      details: sessionDetails(details),
      identity: plan.identity,
      home: plan.home,
      workdir: plan.containerContext.workdir,
      anyOwner: info.virtualMachine,
      filled,
      discard: () => discard(engine, container, plan),
    };
  } catch (error) {
    await removeOwnHome(engine, plan).catch(() => {});
    throw error;
  }
}

async function planFor(session: SessionPlan, context: DockerContext, call: CallContext): Promise<ContainerPlan> {
  const { request, kind, token, environment, config } = session;
  const image = await timed(call.report, 'find the image', () => chooseImage(session, context, call));
  return planContainer(request, {
    kind,
    image,
    engine: context.info,
    config,
    owner: context.owner,
    token,
    certificates: await certificateFiles(request.host),
    ofProject: imageOfProject(request, environment) !== undefined,
    environment: environment?.hash,
  });
}

async function discard(engine: Engine, container: string, plan: ContainerPlan): Promise<void> {
  await engine.removeContainer(container).catch(() => {});
  await removeOwnHome(engine, plan).catch(() => {});
}
