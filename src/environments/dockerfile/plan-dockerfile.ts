import type { Detection } from '../files/detect.ts';
import { type EnvironmentPlan, type FileDecision, NOTHING } from '../step.ts';
import type { DockerfileBuild } from './read-dockerfile.ts';

/** A Dockerfile that makes the image, so that only it counts. https://repo2docker.readthedocs.io/en/latest/configuration/system/#dockerfile-advanced-environments */
export function planDockerfile({ files }: Detection, build: DockerfileBuild): EnvironmentPlan {
  const { path } = build.file;
  const others = Object.values(files).filter((file) => file !== undefined && file.path !== path);
  const decisions: FileDecision[] = [
    {
      file: path,
      used: true,
      why: `makes the image${build.target === undefined ? '' : `, to its stage ${build.target}`}`,
    },
    ...others.map((file) => ({ file: file.path, used: false, why: `only ${path} counts, because it makes the image` })),
  ];
  return { ...NOTHING, build, decisions };
}

/** A Dockerfile that makes no image here. Tells the user what to do about it. */
export function passOverDockerfile({ folder, files: { Dockerfile: file } }: Detection): EnvironmentPlan {
  if (!file) return NOTHING;
  const why =
    folder === '' ? 'ezj builds it only if ezj.yaml names it: `dockerfile: Dockerfile`' : 'another image is named';
  return { ...NOTHING, decisions: [{ file: file.path, used: false, why }] };
}
