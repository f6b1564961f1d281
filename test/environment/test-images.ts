import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { ImageSummary } from '../../src/protocol/image.ts';
import { engineSocket, ROOT } from './engine.ts';
import { request } from './engine-api.ts';
import { createSandbox } from './sandbox.ts';

const MADE_FROM = 'ezj-test.made-from';

/** What an image is built from, without the product: files of a folder of test/images, or a Dockerfile's text. */
export interface TestImage {
  name: string;
  folder?: string;
  dockerfile?: string;
  args?: Record<string, string>;
  labels?: Record<string, string>;
  /** A stage of the Dockerfile. */
  target?: string;
}

/** Builds an image with the classic builder. */
export async function buildTestImage(image: TestImage): Promise<void> {
  const { name, args = {}, labels = {}, target } = image;
  const query = new URLSearchParams({
    t: name,
    q: '1',
    forcerm: '1',
    buildargs: JSON.stringify(args),
    labels: JSON.stringify(labels),
    ...(target && { target }),
  });
  const call = http.request({
    socketPath: engineSocket(),
    method: 'POST',
    path: `/build?${query}`,
    headers: { 'content-type': 'application/x-tar' },
    agent: false,
  });
  const context = pack();
  // The builder's cache looks at the time too.
  for (const [file, content] of await readFiles(image)) {
    context.entry({ name: file, mode: 0o755, mtime: new Date(0) }, content);
  }
  context.finalize();
  for await (const chunk of context) call.write(chunk);
  call.end();
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) =>
    call.on('response', resolve).on('error', reject),
  );
  const said = await text(answer);
  if (answer.statusCode !== 200 || said.includes('"error"')) throw new Error(`The build of ${name} failed: ${said}`);
}

/** An image that stays on the engine for later runs, and is built where it is not there as it is now. Gives its name. */
export async function ensureTestImage(
  image: TestImage,
  { stages = [] }: { stages?: TestImage[] } = {},
): Promise<string> {
  const madeFrom = createHash('sha256')
    .update(JSON.stringify([image, await readFiles(image)]))
    .digest('hex');
  if ((await readLabel(image.name)) === madeFrom) return image.name;
  for (const stage of stages) await buildTestImage(stage);
  await buildTestImage({ ...image, labels: { ...image.labels, [MADE_FROM]: madeFrom } });
  return image.name;
}

/** Reference of ezj's own smallest image, on which those of the tests stand. */
export async function ownBase(): Promise<string> {
  const sandbox = await createSandbox();
  try {
    const { exitCode, stdout, stderr } = await sandbox.run(['images', 'build', 'base', '--json']);
    const [base] = exitCode === 0 ? (JSON.parse(stdout) as ImageSummary[]) : [];
    if (base?.reference === undefined) throw new Error(`There is no base image to build on: ${stderr}`);
    return base.reference;
  } finally {
    await sandbox.cleanup();
  }
}

async function readFiles({ folder, dockerfile }: TestImage): Promise<[name: string, content: string][]> {
  const files: [string, string][] = dockerfile === undefined ? [] : [['Dockerfile', dockerfile]];
  if (folder === undefined) return files;
  const from = path.join(ROOT, 'test', 'images', folder);
  const names = (await readdir(from, { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  for (const name of names.sort()) files.push([name, await readFile(path.join(from, name), 'utf8')]);
  return files;
}

async function readLabel(name: string): Promise<string | undefined> {
  try {
    const { Config } = (await request({ path: `/images/${name}/json` })) as {
      Config: { Labels: Record<string, string> | null };
    };
    return Config.Labels?.[MADE_FROM];
  } catch (error) {
    if (/: 404 /.test((error as Error).message)) return undefined;
    throw error;
  }
}
