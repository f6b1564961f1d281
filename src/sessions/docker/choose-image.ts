import type { CallContext } from '../../concurrency/shared-work.ts';
import type { Image } from '../../engine/engine.ts';
import { ensureEnvironment } from '../../environments/build/build-environment.ts';
import type { Devcontainer } from '../../environments/devcontainer/devcontainer.ts';
import { ensureDockerfile } from '../../environments/dockerfile/build-dockerfile.ts';
import { importedFor } from '../../environments/imported.ts';
import { isImportedTag } from '../../environments/tags.ts';
import { resolveImage } from '../../images/resolve-image.ts';
import type { SessionPlan } from '../runtime.ts';
import type { DockerContext } from './docker-context.ts';

/**
 * Gets the image of a session: from the Dockerfile of the project, or the image of the kind with the environment of the
 * project.
 */
export async function chooseImage(
  { kind, request, environment, config }: SessionPlan,
  { engine, info, owner, records }: DockerContext,
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
  const imported = importedFor(engine, { records, project: request.project });
  const base = await resolveImage(engine, { kind, config, owner, request, imported: imported.named }, call);
  if (base.tags.some(isImportedTag)) noteUse(base);
  if (environment === undefined) return base;
  const sources = { registry: config['env.registry'], imported };
  const input = { ...common, base, records, pidsLimit: config['limits.pids'], cran: config['build.cran'], sources };
  const image = await ensureEnvironment(engine, environment, input, call);
  if (image !== base) noteUse(image);
  return image;
}

/** Lists requirements of a devcontainer.json that the engine of this machine does not meet, one line each. */
function unmetNeeds(
  { file, needs }: Devcontainer,
  { cpus, memoryBytes }: { cpus: number; memoryBytes: number },
): string[] {
  const gib = (bytes: number) => `${Math.round((bytes / 2 ** 30) * 10) / 10} GiB`;
  return [
    ...(needs.cpus !== undefined && needs.cpus > cpus
      ? [`${file.path} asks for ${needs.cpus} CPUs, but the engine has ${cpus}`]
      : []),
    ...(needs.memoryBytes !== undefined && needs.memoryBytes > memoryBytes
      ? [`${file.path} asks for ${gib(needs.memoryBytes)} of memory, but the engine has ${gib(memoryBytes)}`]
      : []),
  ];
}
