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

const FOLDER = path.join(ROOT, 'test', 'images', 'stand-in-rstudio');
const REPOSITORY = 'ezj-test/stand-in-rstudio';
const MADE_FROM = 'ezj-test.made-from';

const VERSIONS = {
  current: { R_VERSION: '4.4.2', RSTUDIO_VERSION: '2024.12.0+467' },
  '2021': { R_VERSION: '4.0.5', RSTUDIO_VERSION: '1.4.1106' },
  '2020': { R_VERSION: '4.0.0', RSTUDIO_VERSION: '1.3.959' },
};

/** Which of rocker's images is stood in for; docs/rstudio-contract.md has the differences. */
export type Generation = keyof typeof VERSIONS;

/** Builds the stand-in for rocker/rstudio on ezj's own base image, if it is not there as it is now. Gives its name. */
export async function ensureRstudioImage(generation: Generation): Promise<string> {
  const name = `${REPOSITORY}:${generation}`;
  const args = { BASE: await ownBase(), GENERATION: generation, ...VERSIONS[generation] };
  const files = await readFiles();
  const madeFrom = createHash('sha256')
    .update(JSON.stringify([args, files]))
    .digest('hex');
  if ((await readLabel(name)) === madeFrom) return name;
  // Under a name of its own, the stage that all generations share stays for the next of them, and is nobody's litter.
  await build({ name: `${REPOSITORY}:files`, target: 'files', args, files, labels: {} });
  await build({ name, target: '', args, files, labels: { [MADE_FROM]: madeFrom } });
  return name;
}

async function ownBase(): Promise<string> {
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

type Files = [name: string, content: string][];

async function readFiles(): Promise<Files> {
  const names = (await readdir(FOLDER, { withFileTypes: true })).filter((entry) => entry.isFile());
  const read = async ({ name }: { name: string }): Promise<Files[0]> => [
    name,
    await readFile(path.join(FOLDER, name), 'utf8'),
  ];
  return (await Promise.all(names.map(read))).sort(([a], [b]) => (a < b ? -1 : 1));
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

async function build({
  name,
  target,
  args,
  files,
  labels,
}: {
  name: string;
  target: string;
  args: Record<string, string>;
  files: Files;
  labels: Record<string, string>;
}): Promise<void> {
  const query = new URLSearchParams({
    t: name,
    target,
    q: '1',
    forcerm: '1',
    buildargs: JSON.stringify(args),
    labels: JSON.stringify(labels),
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
  for (const [file, content] of files) context.entry({ name: file, mode: 0o644, mtime: new Date(0) }, content);
  context.finalize();
  for await (const chunk of context) call.write(chunk);
  call.end();
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) =>
    call.on('response', resolve).on('error', reject),
  );
  const said = await text(answer);
  if (answer.statusCode !== 200 || said.includes('"error"')) throw new Error(`The build of ${name} failed: ${said}`);
}
