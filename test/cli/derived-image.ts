import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { engineSocket } from '../environment/engine.ts';
import type { Sandbox } from '../environment/sandbox.ts';

/**
 * Builds an image from a Dockerfile's text or a folder that holds one, without the product. It carries the sandbox's label,
 * so its cleanup removes it. Gives the image's name.
 */
export async function buildImage(
  { owner }: Pick<Sandbox, 'owner'>,
  { dockerfile, folder, args = {} }: { dockerfile?: string; folder?: string; args?: Record<string, string> },
): Promise<string> {
  const name = `ezj-test/${owner}-${randomBytes(3).toString('hex')}:1`;
  const query = new URLSearchParams({
    t: name,
    q: '1',
    forcerm: '1',
    buildargs: JSON.stringify(args),
    labels: JSON.stringify({ 'ezj.owner': owner }),
  });
  const call = http.request({
    socketPath: engineSocket(),
    method: 'POST',
    path: `/build?${query}`,
    headers: { 'content-type': 'application/x-tar' },
    agent: false,
  });
  for await (const chunk of await packContext({ dockerfile, folder })) call.write(chunk);
  call.end();
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) =>
    call.on('response', resolve).on('error', reject),
  );
  const said = await text(answer);
  if (answer.statusCode !== 200 || said.includes('"error"')) throw new Error(`The build of ${name} failed: ${said}`);
  return name;
}

async function packContext({ dockerfile, folder }: { dockerfile?: string; folder?: string }) {
  const context = pack();
  if (dockerfile !== undefined) context.entry({ name: 'Dockerfile' }, dockerfile);
  for (const name of folder === undefined ? [] : await readdir(folder)) {
    context.entry({ name, mode: 0o755 }, await readFile(path.join(folder ?? '', name)));
  }
  context.finalize();
  return context;
}

/** A Dockerfile on an image of ezj's that runs this shell script in place of the notebook server. */
export function scriptImage(base: string, script: string): string {
  return `FROM ${base}\nENTRYPOINT []\nCMD ${JSON.stringify(['sh', '-c', script])}\n`;
}
