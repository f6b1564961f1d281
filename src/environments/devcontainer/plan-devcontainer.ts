import type { DockerfileBuild } from '../dockerfile/read-dockerfile.ts';
import type { Detection } from '../files/detect.ts';
import { countOf, type EnvironmentPlan, NOTHING } from '../step.ts';
import type { Devcontainer } from './devcontainer.ts';

/** Plans a devcontainer.json: the base image, unless another is named, and settings of the session. */
export function planDevcontainer(
  detection: Detection,
  { devcontainer, image, build }: { devcontainer?: Devcontainer; image?: string; build?: DockerfileBuild },
): EnvironmentPlan {
  const file = detection.devcontainer;
  if (!file) return NOTHING;
  if (!devcontainer)
    return { ...NOTHING, decisions: [{ file: file.path, used: false, why: `${detection.folder}/ comes before it` }] };
  const { env, mounts, commands, forwardPorts, notes } = devcontainer;
  const named = devcontainer.image ?? devcontainer.build?.dockerfile;
  const counts = named !== undefined && (named === image || named === build?.file.path);
  const parts = [
    ...(counts ? [`its image is ${devcontainer.image ?? `that of ${named}`}`] : []),
    ...(named !== undefined && !counts ? ['its image is not used, because another is named'] : []),
    ...(Object.keys(env).length > 0 ? [countOf(Object.keys(env).length, 'variable')] : []),
    ...(mounts.length > 0 ? [countOf(mounts.length, 'mount')] : []),
    ...commands.map(({ key }) => key),
    ...(forwardPorts.length > 0 ? [countOf(forwardPorts.length, 'port')] : []),
  ];
  const why = parts.join(', ') || 'it has no settings that ezj supports';
  return { ...NOTHING, decisions: [{ file: file.path, used: parts.length > 0, why }], notes };
}
