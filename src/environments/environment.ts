import { createHash } from 'node:crypto';
import path from 'node:path';
import { slug } from '../protocol/names.ts';
import type { Detection } from './detect.ts';
import { planEnvironment } from './plan.ts';
import type { EnvironmentPlan } from './step.ts';

/** What a project asks for, and what follows from it. */
export interface Environment {
  project: string;
  /** The project's name in the image's. */
  name: string;
  plan: EnvironmentPlan;
  /** Of the files that count, whatever the image stands on: tells whether a session still fits its project. */
  hash: string;
}

/**
 * The environment that a project's files describe for a kind of notebook.
 * @throws `environment-invalid`
 */
export async function environmentOf(detection: Detection, kind: string): Promise<Environment> {
  const { project } = detection;
  const plan = await planEnvironment(detection, kind);
  const content = plan.steps.map(({ run, files }) => [
    run,
    files.map((file) => [file.path, file.content.toString('base64')]),
  ]);
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return { project, name: slug(path.basename(project)), plan, hash };
}
