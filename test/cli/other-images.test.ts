import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { createSandbox } from '../environment/sandbox.ts';
import { STACKS_IMAGE } from '../environment/stand-in-docker-stacks.ts';
import { buildImage } from './derived-image.ts';
import { askServer, baseImage, inSession, inspect, runJson } from './notebooks.ts';

test.each([
  0, 1000, 12345,
])('an image of docker-stacks’ contract works for uid %i, on the user’s own files', async (uid) => {
  const sandbox = await createSandbox({ uid });
  onTestFinished(sandbox.cleanup);
  const { url, session } = await runJson<SessionAccess>(sandbox, ['-d', '--image', STACKS_IMAGE]);
  expect(await askServer(url)).toBe(200);
  expect(await askServer(url, 'wrong')).toBe(403);
  await inSession(sandbox, ['sh', '-c', 'touch made && touch ~/kept && mkdir -p ~/.local/share/x']);
  expect(await stat(path.join(sandbox.project, 'made'))).toMatchObject({ uid });
  expect(await readdir(sandbox.project)).toEqual(['made']);
  const { Mounts } = await inspect(session.container);
  expect(Mounts.map(({ Destination }) => Destination).sort()).toEqual(['/home/jovyan', '/work/project']);
  await runJson(sandbox, ['stop']);
  const again = await runJson<SessionAccess>(sandbox, ['-d', '--image', STACKS_IMAGE]);
  expect(again.session.port).toBe(session.port);
  await inSession(sandbox, ['sh', '-c', 'test -f ~/kept']);
});

test('an image that insists on a token of its own is opened with that token', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const args = { BASE: baseImage() };
  const image = await buildImage(sandbox, { folder: 'own-token-jupyter', args });
  const { url } = await runJson<SessionAccess>(sandbox, ['-d', '--image', image]);
  expect(await askServer(url)).toBe(200);
  expect(await askServer(url, 'wrong')).toBe(403);
  expect(await runJson<SessionAccess>(sandbox, ['url'])).toMatchObject({ url });
});
