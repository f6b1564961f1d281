import { EzjError } from '../../protocol/errors.ts';
import type { ImageSummary } from '../../protocol/image.ts';
import { IMAGE_NAMES, type ImageName } from '../../protocol/image.ts';
import type { Context } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { argument, switchOff } from '../declare-option.ts';
import { readHostNetwork } from '../host-network.ts';
import { cancellable } from '../terminal/cancel.ts';
import { formatBytes, formatSpan } from '../terminal/format.ts';
import { withProgress } from '../terminal/with-progress.ts';

/** `ezj images`, and its `pull` and `build`. */
export const imagesCommand = declareCommand({
  name: 'images',
  summary: 'local images, sizes; pull or build one',
  brief: '[pull|build]',
  run: ({ context }) => list(context),
  subcommands: [
    declareCommand({
      name: 'pull',
      summary: 'pull an image from its registry',
      json: 'Print the image as JSON.',
      arguments: [argument('<REF>', 'Such as quay.io/jupyter/scipy-notebook')],
      run: ({ args: [reference], context }) => pull(reference, context),
    }),
    declareCommand({
      name: 'build',
      summary: "build those of ezj's own images that are missing",
      json: 'Print the images as JSON.',
      arguments: [
        argument('[IMAGE...]', `${IMAGE_NAMES.join(', ')} (default: python, on base)`, { completes: IMAGE_NAMES }),
      ],
      options: { cache: switchOff('--no-cache', 'Build every step again.') },
      run: ({ args: [names], options, context }) => build(names, options, context),
    }),
  ],
});

async function list({ client, output }: Context): Promise<void> {
  const images = await client.call('GET /v1/images', {});
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

async function pull(reference: string, { client, output }: Context): Promise<void> {
  const image = await withProgress(output, (report) =>
    cancellable((signal) => client.follow('POST /v1/images/pull', { body: { reference } }, { report, signal })),
  );
  output.result(image, `${image.reference}  ${formatBytes(image.bytes)}`);
}

async function build(names: string[], { cache }: { cache: boolean }, { client, output, env }: Context): Promise<void> {
  const images = names.length === 0 ? (['python'] as ImageName[]) : names.map(parseImageName);
  const body = { images, host: readHostNetwork(env), noCache: !cache };
  const built = await withProgress(output, (report) =>
    cancellable((signal) => client.follow('POST /v1/images/build', { body }, { report, signal })),
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
