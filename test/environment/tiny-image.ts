import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { engineSocket } from './engine.ts';
import { request } from './engine-api.ts';

/** An image of one layer that nothing runs in: enough to be pushed, pulled, listed and removed. */
export interface TinyImage {
  name: string;
  /** Removes it from the engine; no error where it is gone. */
  remove: () => Promise<void>;
}

/** Imports an image that holds one file of random bytes, so that no two share a layer. */
export async function importTinyImage(options: {
  name: string;
  labels?: string[];
  bytes?: number;
}): Promise<TinyImage> {
  const { name, labels = [], bytes = 200_000 } = options;
  const archive = pack();
  archive.entry({ name: 'content' }, randomBytes(bytes));
  archive.finalize();
  const [repo = name, tag = 'latest'] = name.split(/:(?=[^:/]*$)/);
  const query = new URLSearchParams([
    ['fromSrc', '-'],
    ['repo', repo],
    ['tag', tag],
  ]);
  for (const label of labels) query.append('changes', `LABEL ${label}`);
  const call = http.request({
    socketPath: engineSocket(),
    method: 'POST',
    path: `/images/create?${query}`,
    agent: false,
  });
  for await (const chunk of archive) call.write(chunk);
  call.end();
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) =>
    call.on('response', resolve).on('error', reject),
  );
  const said = await text(answer);
  if (answer.statusCode !== 200 || said.includes('"error"')) throw new Error(`The import of ${name} failed: ${said}`);
  return { name, remove: () => removeImage(name) };
}

async function removeImage(name: string): Promise<void> {
  try {
    await request({ method: 'DELETE', path: `/images/${name}`, query: { force: '1' } });
  } catch (error) {
    if (!/: 404 /.test((error as Error).message)) throw error;
  }
}
