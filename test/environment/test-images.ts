import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { engineSocket, ROOT } from './engine.ts';
import { request } from './engine-api.ts';
import { remove } from './resources.ts';

const MADE_FROM = 'ezj-test.made-from';

/** What an image is built from, without the product: files of a folder of test/images, and a Dockerfile's text where that is not one of them. */
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

/** An image that stays on the engine for later runs, and is built where it is not there as it is now. */
export async function ensureTestImage(image: TestImage, { stages = [] }: { stages?: TestImage[] } = {}): Promise<void> {
  const madeFrom = createHash('sha256')
    .update(JSON.stringify([image, await readFiles(image)]))
    .digest('hex');
  const before = await inspectAll([image, ...stages]);
  if (before[0]?.Config.Labels?.[MADE_FROM] === madeFrom) return;
  for (const stage of stages) await buildTestImage(stage);
  await buildTestImage({ ...image, labels: { ...image.labels, [MADE_FROM]: madeFrom } });
  // Those that had the names until now would stay without one.
  for (const old of before) if (old) await removeUnnamed(old.Id);
}

async function readFiles({ folder, dockerfile }: TestImage): Promise<[name: string, content: string][]> {
  const files: [string, string][] = dockerfile === undefined ? [] : [['Dockerfile', dockerfile]];
  if (folder === undefined) return files;
  const from = path.join(ROOT, 'test', 'images', folder);
  const names = (await readdir(from, { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .filter((name) => dockerfile === undefined || name !== 'Dockerfile');
  for (const name of names.sort()) files.push([name, await readFile(path.join(from, name), 'utf8')]);
  return files;
}

interface Inspection {
  Id: string;
  RepoTags: string[] | null;
  Config: { Labels: Record<string, string> | null };
}

async function inspect(name: string): Promise<Inspection | undefined> {
  try {
    return (await request({ path: `/images/${name}/json` })) as Inspection;
  } catch (error) {
    if (/: 404 /.test((error as Error).message)) return undefined;
    throw error;
  }
}

function inspectAll(images: TestImage[]): Promise<(Inspection | undefined)[]> {
  return Promise.all(images.map(({ name }) => inspect(name)));
}

/** Somebody may have built on it: it goes with the last of those. */
async function removeUnnamed(id: string): Promise<void> {
  if ((await inspect(id))?.RepoTags?.length !== 0) return;
  await remove(`/images/${id}`);
}
