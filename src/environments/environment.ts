import path from 'node:path';
import { slug } from '../protocol/names.ts';
import { digest } from './build/layers.ts';
import type { Devcontainer } from './devcontainer/devcontainer.ts';
import { type PreparedBuild, readContext } from './dockerfile/context-files.ts';
import type { NamedFile } from './files/named-files.ts';
import type { EnvironmentPlan } from './step.ts';

/** What a project asks for, and what follows from it. */
export interface Environment {
  project: string;
  /** The project's name in the image's. */
  name: string;
  plan: EnvironmentPlan;
  /** The plan's Dockerfile, with what it sees. */
  build?: PreparedBuild;
  devcontainer?: Devcontainer;
  /** Of the files that count, whatever the image stands on: tells whether a session still fits its project. Empty where none does. */
  hash: string;
}

/**
 * The environment that follows from a plan. Of a plan with a Dockerfile, the files that it copies are read.
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
