import path from 'node:path';
import { slug } from '../protocol/names.ts';
import { digest } from './build/layers.ts';
import type { Devcontainer } from './devcontainer/devcontainer.ts';
import { type PreparedBuild, readContext } from './dockerfile/context-files.ts';
import type { NamedFile } from './files/named-files.ts';
import type { EnvironmentPlan } from './step.ts';

/** The plan of a project, with its Dockerfile and hash. */
export interface Environment {
  project: string;
  /** The project's part of the image's name. */
  name: string;
  plan: EnvironmentPlan;
  /** The plan's Dockerfile, with the files that it sees. */
  build?: PreparedBuild;
  devcontainer?: Devcontainer;
  /** Hash of the files that count, without the base: shows whether a session still fits its project. Empty if no file counts. */
  hash: string;
}

/**
 * The environment for a plan. If the plan has a Dockerfile, reads the files that it copies.
 * @throws `environment-invalid`
 */
export async function environmentOf(
  project: string,
  plan: EnvironmentPlan,
  devcontainer?: Devcontainer,
): Promise<Environment> {
  const build = plan.build && { ...plan.build, seen: await readContext(project, plan.build) };
  const content = [
    ...plan.steps.map(({ run, files }) => [run, files.map(contentOf)]),
    ...(build ? [[contentOf(build.file), build.args, build.target, build.seen.hash]] : []),
    ...(devcontainer ? [contentOf(devcontainer.file)] : []),
  ];
  const hash = content.length === 0 ? '' : digest(content);
  return { project, name: slug(path.basename(project)), plan, build, devcontainer, hash };
}

function contentOf(file: NamedFile): [string, string] {
  return [file.path, file.content.toString('base64')];
}
