import { BUILD_FOLDER, CACHE_FOLDERS } from './build/build-folder.ts';
import type { EnvironmentPlan, Step } from './step.ts';

/**
 * The build as a Dockerfile for people to read: the same commands in the same order on the same base. The build itself runs
 * each command in a separate container; docs/architecture.md explains why.
 */
export function writeDockerfile({ steps }: Pick<EnvironmentPlan, 'steps'>, base: string): string {
  return [`FROM ${base}`, ...steps.map(writeStep)].join('\n\n');
}

function writeStep({ from, run, caches, env = {}, wrapper }: Step): string {
  const mounts = [
    `--mount=type=bind,target=${BUILD_FOLDER}`,
    ...caches.map((name) => `--mount=type=cache,id=ezj-${name},target=${CACHE_FOLDERS[name]}`),
  ];
  const script = run.replaceAll(/(?<!\\)\n/g, ' \\\n && ').replaceAll(/\\\n(?! &&)/g, '\\\n    ');
  return [
    `# ${from}`,
    `RUN ${mounts.join(' \\\n    ')} \\\n    ${script}`,
    ...Object.entries(env).map(([name, value]) => `ENV ${name}=${value}`),
    ...(wrapper === undefined
      ? []
      : [`# after the base's own, where it has one\nENTRYPOINT ${JSON.stringify([wrapper])}`]),
  ].join('\n');
}
