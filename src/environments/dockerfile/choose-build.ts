import type { Devcontainer } from '../devcontainer/devcontainer.ts';
import type { Detection } from '../files/detect.ts';
import { invalid } from '../files/invalid.ts';
import { type NamedFile, readNamed } from '../files/named-files.ts';
import { type DockerfileBuild, readNeeds } from './read-dockerfile.ts';

/**
 * The Dockerfile that makes the image, if any: first the one that `ezj.yaml` names, then binder/, then that of a devcontainer.json.
 * A Dockerfile at the root counts only if a file names it, because many have another purpose.
 * @throws `environment-invalid` if the file does not exist, or has no stage to build
 */
export async function chooseBuild(
  detection: Detection,
  named: { dockerfile?: string; devcontainer?: Devcontainer },
): Promise<DockerfileBuild | undefined> {
  const build = await chooseDockerfile(detection, named);
  return build && { ...build, needs: await readNeeds(build) };
}

async function chooseDockerfile(
  { project, folder, files }: Detection,
  { dockerfile, devcontainer }: { dockerfile?: string; devcontainer?: Devcontainer },
): Promise<Omit<DockerfileBuild, 'needs'> | undefined> {
  if (dockerfile !== undefined) {
    return { file: await mustRead(project, dockerfile, 'ezj.yaml'), context: '', args: {} };
  }
  if (folder !== '') return files.Dockerfile && { file: files.Dockerfile, context: '', args: {} };
  if (!devcontainer?.build) return undefined;
  const { build, file: by } = devcontainer;
  const { context, args, target } = build;
  return { file: await mustRead(project, build.dockerfile, by.path), context, args, target };
}

async function mustRead(project: string, name: string, by: string): Promise<NamedFile> {
  const file = await readNamed(project, name);
  if (!file) throw invalid(by, `it names a Dockerfile that does not exist: ${name}`);
  return file;
}
