import type { EnvironmentReport } from '../../protocol/environment.ts';
import { type Context, currentFolder } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { FOLDER, WHICH_ENVIRONMENT, type WhichEnvironment } from '../options/shared.ts';
import { resolveTarget } from '../target.ts';
import { envDiffCommand } from './env-diff.ts';
import { envSaveCommand } from './env-save.ts';

/** `ezj env`: what was found, what follows from it. Builds nothing. And its `diff` and `save`. */
export const envCommand = declareCommand({
  name: 'env',
  summary: 'what files ask for; what is installed beyond',
  brief: '[DIR|diff|save]',
  arguments: [FOLDER],
  options: WHICH_ENVIRONMENT,
  subcommands: [envDiffCommand, envSaveCommand],
  run: ({ args: [folder], options, context }) => showEnvironment(folder, options, context),
});

async function showEnvironment(
  folder: string,
  { kind, image }: WhichEnvironment,
  { client, output }: Context,
): Promise<void> {
  const { project } = resolveTarget(folder, currentFolder());
  const report = await client.call('POST /v1/environment', { body: { project, kind, image } });
  if (output.json) return output.result(report, '');
  if (report.files.length === 0) {
    return output.note(`Nothing in ${project} says what it needs. A requirements.txt would, for example.`);
  }
  for (const line of describe(report)) output.text(line);
  for (const note of report.notes) output.warn(note);
}

function describe({ kind, files, permissions, base, image, built, dockerfile }: EnvironmentReport): string[] {
  const width = Math.max(...files.map(({ file }) => file.length));
  const rows = files.map(({ file, used, why }) => `  ${file.padEnd(width)}  ${used ? why : `not used: ${why}`}`);
  const asking =
    permissions.length > 0 ? ['It needs your permission. It', ...permissions.map((line) => `  ${line}`)] : [];
  if (dockerfile === undefined) return [...rows, ...asking, 'Nothing is to be built.'];
  const state = built ? 'built' : 'not built yet: the next start does it';
  return [
    `The kind is ${kind}. What was found:`,
    ...rows,
    ...asking,
    image === undefined ? `Image: its tag follows when the base is on this machine` : `Image: ${image} (${state})`,
    `Base: ${base ?? 'not on this machine yet'}`,
    '',
    dockerfile,
  ];
}
