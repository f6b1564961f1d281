import type { Engine, Image } from '../engine/engine.ts';
import { withName } from '../environments/build/build-environment.ts';
import { isImportedTag } from '../environments/tags.ts';
import type { FolderEnvironment } from '../projects/folder-environment.ts';
import { EzjError } from '../protocol/errors.ts';
import { shellQuote } from '../protocol/shell-word.ts';

/**
 * Gets the image of a folder's environment and its base image. Both must be on this machine, and not from another one.
 * @throws `image-not-local`; `usage` for an imported image
 */
export async function builtImage(
  engine: Engine,
  { base, image, environment, expected, detection: { project } }: FolderEnvironment,
  verb: string,
): Promise<{ image: Image; base: Image }> {
  if (base === undefined) throw notHere(`${expected} is not on this machine`, project);
  const isPlain = environment.plan.steps.length === 0;
  const made = isPlain ? { ...base, tags: [...base.tags] } : image;
  if (made === undefined) throw notHere(`The environment of ${project} is not built yet`, project);
  const foreign = [...made.tags.slice(0, 1), ...base.tags.slice(0, 1)].find(isImportedTag);
  if (foreign !== undefined) throw notOwn(foreign, project, verb);
  return { image: isPlain ? made : await withName(engine, made), base };
}

function notHere(what: string, project: string): EzjError {
  return new EzjError({
    code: 'image-not-local',
    message: `${what}.`,
    hint: `To get it, start a session: ezj -d ${shellQuote(project)}`,
  });
}

function notOwn(image: string, project: string, verb: string): EzjError {
  return new EzjError({
    code: 'usage',
    message: `${image} came from another machine, and ezj ${verb} only what it built here.`,
    hint: `Pass on the archive or the registry that it came from, or build it here: ezj -u -d ${shellQuote(project)}`,
  });
}

/**
 * Refuses an image from a Dockerfile: its tag depends on all images that the Dockerfile names, which would have to be
 * copied too.
 * @throws `usage`
 */
export function refuseDockerfile({ environment: { build } }: FolderEnvironment, verb: string, hint: string): void {
  if (!build) return;
  throw new EzjError({
    code: 'usage',
    message: `The image comes from ${build.file.path}, and ezj ${verb} only environments without a Dockerfile.`,
    hint,
  });
}

/**
 * Refuses a folder for which nothing is built.
 * @throws `usage`
 */
export function refuseNothing({ environment, expected, detection: { project } }: FolderEnvironment): void {
  if (environment.plan.steps.length > 0) return;
  throw new EzjError({
    code: 'usage',
    message: `${project} needs no environment: its sessions start from ${expected} as it is.`,
    hint: '`ezj env` shows what ezj finds in it.',
  });
}
