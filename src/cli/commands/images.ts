import type { Command } from 'commander';
import { EzjError } from '../../protocol/errors.ts';
import type { ImageSummary } from '../../protocol/image.ts';
import { IMAGE_NAMES, type ImageName } from '../../protocol/image.ts';
import { type Context, contextOf } from '../context.ts';
import { readHostNetwork } from '../host-network.ts';
import { cancellable } from '../terminal/cancel.ts';
import { formatBytes, formatSpan } from '../terminal/format.ts';
import { withProgress } from '../terminal/with-progress.ts';

/** `ezj images`, and its `pull` and `build`. */
export function defineImages(command: Command): void {
  command.option('--json', 'as JSON').action((_options: unknown, self: Command) => list(contextOf(self)));
  command
    .command('pull')
    .description('Pull an image from its registry.')
    .argument('<REF>', 'such as quay.io/jupyter/scipy-notebook')
    .option('--json', 'the image as JSON')
    .action((reference: string, _options: unknown, self: Command) => pull(reference, contextOf(self)));
  command
    .command('build')
    .description("Build ezj's own images.")
    .argument('[IMAGE...]', `${IMAGE_NAMES.join(', ')} (default: python, on base)`)
    .option('--no-cache', 'build every step anew')
    .option('--json', 'the images as JSON')
    .action((names: string[], options: { cache: boolean }, self: Command) => build(names, options, contextOf(self)));
}

async function list({ api, output }: Context): Promise<void> {
  const images = await api.images();
  if (images.length === 0 && !output.json) {
    return output.note('No images yet. The first ezj pulls or builds one; ezj images build makes it now.');
  }
  await output.table(images, ['IMAGE', 'SIZE', 'ORIGIN', 'AGE', 'USED', 'SESSIONS', 'PROJECT'], images.map(toRow));
}

function toRow({ reference, bytes, origin, created, lastUsed, sessions, project }: ImageSummary): string[] {
  const ago = (time: string) => formatSpan(Date.now() - Date.parse(time));
  const used = lastUsed === undefined ? '-' : ago(lastUsed);
  return [reference, formatBytes(bytes), origin, ago(created), used, sessions.join(' ') || '-', project ?? '-'];
}

async function pull(reference: string, { api, output }: Context): Promise<void> {
  const image = await withProgress(output, (report) =>
    cancellable((signal) => api.pullImage(reference, { report, signal })),
  );
  output.result(image, `${image.reference}  ${formatBytes(image.bytes)}`);
}

async function build(names: string[], { cache }: { cache: boolean }, { api, output, env }: Context): Promise<void> {
  const images = names.length === 0 ? (['python'] as ImageName[]) : names.map(parseImageName);
  const body = { images, host: readHostNetwork(env), noCache: !cache };
  const built = await withProgress(output, (report) =>
    cancellable((signal) => api.buildImages(body, { report, signal })),
  );
  output.result(built, built.map((image) => `${image.reference}  ${formatBytes(image.bytes)}`).join('\n'));
}

function parseImageName(name: string): ImageName {
  const known = IMAGE_NAMES.find((candidate) => candidate === name);
  if (known) return known;
  throw new EzjError({
    code: 'usage',
    message: `images build ${JSON.stringify(name)} is not accepted: ${IMAGE_NAMES.join(', ')}`,
  });
}
