import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { baseImage, runJson, startNotebook } from '../cli/notebooks.ts';
import { withPage } from '../environment/browser.ts';
import { describeNotebook } from '../environment/other-notebooks.ts';
import { cookieHeader, isSignedIn, rstudioImage } from '../environment/rstudio.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { askWeb, openLink, postLink } from '../environment/web.ts';

// One session takes over another: by its cookies, by an old cookie, by a web page that rebinds its name, by the network.
let sandbox: Sandbox;
let victim: SessionAccess;

beforeAll(async () => {
  sandbox = await createSandbox();
  victim = await start('victim');
});

afterAll(() => sandbox.cleanup());

async function folder(name: string): Promise<string> {
  const made = path.join(sandbox.home, name);
  await mkdir(made, { recursive: true });
  return made;
}

/** A session of real Jupyter. */
async function start(name: string): Promise<SessionAccess> {
  return runJson(sandbox, ['-d', '--image', baseImage(), await folder(name)]);
}

/** What the server answers to a call for the files of the project. */
async function askContents({ url }: SessionAccess, headers: Record<string, string>): Promise<number> {
  return (await askWeb(new URL('/api/contents', url).href, { headers })).status;
}

const withToken = ({ url }: SessionAccess) => ({ authorization: `token ${new URL(url).searchParams.get('token')}` });

test('a session gets no cookie of another from the browser', async () => {
  const { session } = await startNotebook(sandbox, [await folder('attacker')]);
  await withPage(async (page, context) => {
    await page.goto(await openLink(sandbox, ['victim']));
    await page.locator('.jp-Launcher').first().waitFor();
    expect(new URL(page.url()).hostname).toMatch(/^victim-[0-9a-f]{12}\.localhost$/);
    expect(await context.cookies(page.url())).toContainEqual(
      expect.objectContaining({ name: expect.stringMatching(/^username-/) }),
    );
    const received = page.waitForRequest((request) => new URL(request.url()).port === String(session.port));
    await page.goto(await openLink(sandbox, ['attacker']));
    await page.waitForURL(/\/lab/);
    const { cookie = '' } = await (await received).allHeaders();
    expect(cookie).not.toContain('username-');
  });
});

test('a cookie ends with its session, also where the session starts again with the same home folder', async () => {
  const signedIn = await askWeb(victim.url);
  const cookie = cookieHeader(signedIn);
  expect(await askContents(victim, { cookie })).toBe(200);
  await runJson(sandbox, ['stop', 'victim']);
  victim = await start('victim');
  expect(await askContents(victim, withToken(victim))).toBe(200);
  expect(await askContents(victim, { cookie })).toBe(403);
});

test('Jupyter answers to its own names, and to no web page that has rebound its name', async () => {
  const { port } = victim.session;
  const link = await openLink(sandbox, ['victim']);
  const own = /http:\/\/(victim-[0-9a-f]{12}\.localhost)/.exec((await askWeb(link)).body)?.[1];
  for (const name of [own, 'localhost', '127.0.0.1'])
    expect([name, await askContents(victim, { ...withToken(victim), host: `${name}:${port}` })]).toEqual([name, 200]);
  for (const pathname of ['/api', '/api/contents', '/lab']) {
    const headers = { ...withToken(victim), host: `evil.example:${port}` };
    const { status } = await askWeb(new URL(pathname, victim.url).href, { headers });
    expect([pathname, status]).toEqual([pathname, 403]);
  }
});

test('a Jupyter that another command starts is protected too, here the classic notebook', async () => {
  const project = await folder('classic');
  await describeNotebook('notebook', project);
  const classic = await runJson<SessionAccess>(sandbox, ['-d', '--yes', project]);
  const { port } = classic.session;
  expect(await askContents(classic, withToken(classic))).toBe(200);
  expect(await askContents(classic, { ...withToken(classic), host: `evil.example:${port}` })).toBe(403);
  const cookie = cookieHeader(await askWeb(classic.url));
  expect(await askContents(classic, { cookie })).toBe(200);
  await runJson(sandbox, ['restart', 'classic-notebook']);
  expect(await askContents(classic, { cookie })).toBe(403);
});

test('a cookie of RStudio ends with a stop, also where the container is kept [stand-in]', async () => {
  const args = ['-d', '--rstudio', '--image', rstudioImage(), await folder('study')];
  const first = await runJson<SessionAccess>(sandbox, args);
  const { name } = first.session;
  const cookie = cookieHeader(await postLink(await openLink(sandbox, [name])));
  expect(await isSignedIn(first.url, cookie)).toBe(true);
  await sandbox.run(['shell', name, '--', 'sh', '-c', 'echo mine > /opt/kept']);
  await runJson(sandbox, ['stop', name]);
  const again = await runJson<SessionAccess>(sandbox, args);
  expect(again.session.container).toBe(first.session.container);
  expect(await isSignedIn(again.url, cookie)).toBe(false);
});

test('a session reaches the outside, and no port of another session', async () => {
  const [attacker, target] = ['nosy', 'database'];
  for (const name of [attacker, target]) await startNotebook(sandbox, [await folder(name)]);
  const run = async (name: string, script: string) =>
    (await sandbox.run(['shell', name, '--', 'python3', '-c', script])).stdout.trim();
  const address = await run(target, 'import socket; print(socket.gethostbyname(socket.gethostname()))');
  const connect = (host: string, port: number) => `
import errno, socket
try: socket.create_connection(("${host}", ${port}), 2); print("open")
except ConnectionRefusedError: print("reached")
except OSError: print("unreachable")`;
  expect(await run(target, connect(address, 8888))).toBe('open');
  expect(await run(attacker, connect(address, 8888))).toBe('unreachable');
  // The gateway is this machine, where nobody listens.
  const gateway = address.replace(/\.\d+$/, '.1');
  expect(await run(attacker, connect(gateway, 9))).toBe('reached');
});
