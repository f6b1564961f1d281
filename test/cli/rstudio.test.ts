import { chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { SessionAccess, SignInCredentials } from '../../src/protocol/session.ts';
import { findFreePort } from '../environment/registry.ts';
import { cookieHeader, isSignedIn, rstudioImage, typePassword } from '../environment/rstudio.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { askWeb, openLink, postLink } from '../environment/web.ts';
import { inSession, inspect, leftovers, listSessions, NOTHING, runFailing, runJson } from './notebooks.ts';

let sandbox: Sandbox;
let image: string;

beforeAll(async () => {
  image = rstudioImage();
});

beforeAll(async () => {
  sandbox = await createSandbox();
});

afterEach(() => sandbox.reset());

afterAll(() => sandbox.cleanup());

function startRStudio(args: string[] = [], where: Sandbox = sandbox): Promise<SessionAccess> {
  return runJson<SessionAccess>(where, ['-d', '--rstudio', '--image', image, ...args]);
}

/** What R gets in a session that a link has opened. */
interface RSession {
  user: string;
  uid: number;
  home: string;
  workingFolder: string;
  project: string | null;
  timeoutMinutes: number;
  environment: Record<string, string>;
}

/** Opens a session as a browser does, and gives where it landed and its cookies. */
async function open(where: Sandbox = sandbox, args: string[] = []): Promise<{ url: string; cookie: string }> {
  const answer = await postLink(await openLink(where, args));
  expect(answer.status).toBe(303);
  return { url: String(answer.headers.location), cookie: cookieHeader(answer) };
}

async function askSession(where: Sandbox = sandbox): Promise<RSession> {
  const { url, cookie } = await open(where);
  return JSON.parse((await askWeb(new URL('/stand-in/session', url).href, { headers: { cookie } })).body);
}

test.each([0, 1000, 12345])('RStudio opens signed in for uid %i, and its files are the user’s', async (uid) => {
  const user = await createSandbox({ uid });
  onTestFinished(user.cleanup);
  const access = await startRStudio([], user);
  expect(access).toMatchObject({
    signIn: 'rstudio',
    reused: false,
    session: { kind: 'rstudio', name: 'project-rstudio' },
  });
  const { url, cookie } = await open(user);
  expect(url).toBe(`http://127.0.0.1:${access.session.port}/`);
  expect(await isSignedIn(url, cookie)).toBe(true);
  expect(await isSignedIn(url, '')).toBe(false);
  await inSession(user, [
    'sh',
    '-c',
    'touch made-by-shell && for library in ~/R/library/*; do touch "$library/kept"; done',
  ]);
  expect(await stat(path.join(user.project, 'made-by-shell'))).toMatchObject({ uid });

  await runJson(user, ['stop']);
  expect((await leftovers(user)).containers).toEqual([]);
  const again = await startRStudio([], user);
  expect(again.session.port).toBe(access.session.port);
  await inSession(user, ['sh', '-c', 'ls ~/R/library/*/kept']);
});

test.each([
  0, 1000, 12345,
])('R of uid %i starts in the project, as the user, with the variables that it is to have [stand-in]', async (uid) => {
  const user = await createSandbox({ uid });
  onTestFinished(user.cleanup);
  await startRStudio(['-e', 'ANSWER=42'], user);
  const { url, cookie } = await open(user);
  const session = await askSession(user);
  const home = uid === 0 ? '/root' : '/home/rstudio';
  const name = uid === 0 ? 'root' : 'rstudio';
  expect(session).toMatchObject({ user: name, uid, home, workingFolder: '/work/project', timeoutMinutes: 0 });
  expect(session.environment).toMatchObject({ ANSWER: '42', R_LIBS_USER: `${home}/R/library/4.4` });
  expect(session.environment.PASSWORD).toBeUndefined();
  const written = new URL('/stand-in/write?name=made.txt', url).href;
  expect((await askWeb(written, { method: 'POST', headers: { cookie }, body: 'x' })).status).toBe(200);
  expect(await stat(path.join(user.project, 'made.txt'))).toMatchObject({ uid });
});

test('an .Rproj of the folder is opened, and naming one starts RStudio [stand-in]', async () => {
  for (const name of ['a.Rproj', 'genome.Rproj']) await writeFile(path.join(sandbox.project, name), 'Version: 1.0\n');
  const { session, url } = await runJson<SessionAccess>(sandbox, ['-d', '--image', image, 'genome.Rproj']);
  expect([session.kind, new URL(url).pathname, new URL(url).search]).toEqual(['rstudio', '/', '']);
  expect((await askSession()).project).toBe('/work/project/genome.Rproj');
});

test('a container has the few capabilities that the init needs, and its port is on the loopback address only', async () => {
  const { session } = await startRStudio();
  const { HostConfig, Config } = await inspect(session.container);
  expect(HostConfig).toMatchObject({
    CapDrop: ['ALL'],
    CapAdd: ['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID'],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    Init: false,
    PortBindings: { '8787/tcp': [{ HostIp: '127.0.0.1', HostPort: String(session.port) }] },
  });
  expect(Config.User).toBe('');
});

test('the password is in no label, no log, no URL, no page and no process’s arguments', async () => {
  const { url, session } = await startRStudio();
  const { password } = await runJson<SignInCredentials>(sandbox, ['url', '--password']);
  expect(password).toMatch(/^[0-9a-f]{48}$/);
  const link = await openLink(sandbox);
  const { body } = await askWeb(link);
  const { stdout: log } = await sandbox.run(['logs']);
  const { stdout: daemonLog } = await sandbox.run(['daemon', 'logs', '--tail', '100000']);
  const inside = await inSession(sandbox, ['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "']);
  const labels = JSON.stringify((await inspect(session.container)).Config.Labels);
  for (const text of [url, link, body, log, daemonLog, inside, labels]) expect(text).not.toContain(password);
});

test('user and password can be typed by hand', async () => {
  await startRStudio();
  const credentials = await runJson<SignInCredentials>(sandbox, ['url', '--password']);
  const answer = await typePassword(credentials.url, credentials);
  expect(await isSignedIn(credentials.url, cookieHeader(answer))).toBe(true);
  const { stdout } = await sandbox.run(['url', '--password']);
  expect(stdout).toBe(`${credentials.url}\n${credentials.user}\n${credentials.password}\n`);
});

test('a notebook has no user and password to print', async () => {
  await runJson(sandbox, ['-d', '--image', NOTEBOOK_IMAGE]);
  expect(await runFailing(sandbox, ['url', '--password'])).toMatchObject({
    exitCode: 2,
    code: 'usage',
    hint: 'ezj url project',
  });
});

test('two links that are used at once sign both tabs in', async () => {
  await startRStudio();
  await runJson(sandbox, ['daemon', 'stop']);
  const links = [await openLink(sandbox), await openLink(sandbox)];
  const answers = await Promise.all(links.map((link) => postLink(link)));
  for (const answer of answers) {
    expect(answer.status).toBe(303);
    expect(await isSignedIn(String(answer.headers.location), cookieHeader(answer))).toBe(true);
  }
});

test('a browser that opens just after somebody has typed the password is signed in nevertheless', async () => {
  await startRStudio();
  const credentials = await runJson<SignInCredentials>(sandbox, ['url', '--password']);
  // A daemon that has no cookies any more has to sign in anew.
  await runJson(sandbox, ['daemon', 'stop']);
  await typePassword(credentials.url, credentials);
  const { url, cookie } = await open();
  expect(await isSignedIn(url, cookie)).toBe(true);
});

test('the session’s own hostname leads to the session on both loopback addresses, and strangers get neither', async () => {
  const { session } = await startRStudio();
  const other = net.createServer();
  const failure = await new Promise<string | undefined>((resolve) =>
    other
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      .listen({ host: '::1', port: session.port }, () => other.close(() => resolve(undefined))),
  );
  // Or this machine has no IPv6, and nobody can be there.
  expect(['EADDRINUSE', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']).toContain(failure);
  if (failure !== 'EADDRINUSE') return;
  const key = await (await fetch(`http://[::1]:${session.port}/auth-public-key`)).text();
  expect(key).toBe((await askWeb(`http://127.0.0.1:${session.port}/auth-public-key`)).body);
});

test('where another program was first on ::1, the session’s own hostname is not used', async () => {
  const other = net.createServer();
  onTestFinished(() => void other.close());
  const port = await findFreePort();
  const isThere = await new Promise<boolean>((resolve) =>
    other.on('error', () => resolve(false)).listen({ host: '::1', port }, () => resolve(true)),
  );
  await startRStudio(['-p', String(port)]);
  // A machine without IPv6 has nobody there.
  const { body } = await askWeb(await openLink(sandbox));
  expect(body.includes('localhost')).toBe(!isThere);
});

test('a restart leaves open pages signed in, and a link that was made before it still leads in', async () => {
  await startRStudio();
  const before = await open();
  const link = await openLink(sandbox);
  const { url } = await runJson<SessionAccess>(sandbox, ['restart']);
  expect(await isSignedIn(url, before.cookie)).toBe(true);
  const answer = await postLink(link);
  expect(await isSignedIn(url, cookieHeader(answer))).toBe(true);
});

test('a link to a session that has been stopped since says so', async () => {
  await startRStudio();
  const link = await openLink(sandbox);
  await runJson(sandbox, ['stop']);
  const answer = await postLink(link);
  expect(answer).toMatchObject({ status: 404, body: expect.stringContaining('The session is gone') });
  expect(answer.headers['set-cookie']).toBeUndefined();
});

test('a password that was changed in the session is not ezj’s any more, and that is said', async () => {
  await startRStudio();
  // The daemon forgets its cookies, and has to sign in anew.
  await runJson(sandbox, ['daemon', 'stop']);
  await inSession(sandbox, ['sh', '-c', 'echo root:another | chpasswd']);
  const failure = await runFailing(sandbox, ['url']);
  expect(failure).toMatchObject({
    code: 'sign-in-failed',
    exitCode: 7,
    hint: expect.stringContaining('password was changed'),
  });
});

test('an image of 2020 gets a cookie key of its own and its variables, and the user is told [stand-in]', async () => {
  const user = await createSandbox({ uid: 1000 });
  onTestFinished(user.cleanup);
  const old = rstudioImage('2020');
  const { exitCode, stderr } = await user.run(['-d', '--rstudio', '--image', old, '-e', 'ANSWER=42']);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: expect.stringMatching(/warning: .* contains a key for sign-in cookies/),
  });
  expect(await askSession(user)).toMatchObject({ environment: { ANSWER: '42' }, workingFolder: '/work/project' });
  const other = path.join(user.home, 'other');
  await mkdir(other);
  await chown(other, 1000, 1000);
  const second = await runJson<SessionAccess>(user, ['-d', '--rstudio', '--image', old, other]);
  const { url, cookie } = await open(user);
  expect(await isSignedIn(url, cookie)).toBe(true);
  expect(await isSignedIn(second.url, cookie)).toBe(false);
});

test('an image that is too old to let root in is refused, and nothing is left [stand-in]', async () => {
  const failure = await runFailing(sandbox, ['-d', '--rstudio', '--image', rstudioImage('2021')]);
  expect(failure).toMatchObject({
    code: 'image-unsuitable',
    exitCode: 5,
    hint: expect.stringContaining('rocker/rstudio:4.5'),
  });
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('an image without RStudio is refused, and one with RStudio serves no Jupyter', async () => {
  expect(await runFailing(sandbox, ['-d', '--rstudio', '--image', NOTEBOOK_IMAGE])).toMatchObject({
    code: 'image-unsuitable',
  });
  expect(await runFailing(sandbox, ['-d', '--image', image])).toMatchObject({
    code: 'image-unsuitable',
    hint: expect.stringContaining('--rstudio'),
  });
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('where no registry has RStudio, that is said with what to do', async () => {
  await runJson(sandbox, ['config', 'set', 'official.rstudio', '127.0.0.1:1/rocker/rstudio']);
  const failure = await runFailing(sandbox, ['-d', '--rstudio', '--r-version', '4.5']);
  expect(failure).toMatchObject({
    exitCode: 5,
    code: 'registry-unreachable',
    message: expect.stringMatching(/127\.0\.0\.1:1\/rocker\/rstudio:4\.5.*Debian has no package for it/),
    hint: expect.stringContaining('docker load'),
  });
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('a version of R for a folder that says nothing of RStudio is refused, and for one that does it is taken', async () => {
  expect(await runFailing(sandbox, ['-d', '--r-version', '4.5'])).toMatchObject({ exitCode: 2, code: 'usage' });
  await writeFile(path.join(sandbox.project, 'ezj.yaml'), 'kind: rstudio\n');
  await runJson(sandbox, ['config', 'set', 'official.rstudio', '127.0.0.1:1/rocker/rstudio']);
  const failure = await runFailing(sandbox, ['-d', '--r-version', '4.5']);
  expect(failure).toMatchObject({ exitCode: 5, message: expect.stringContaining('127.0.0.1:1/rocker/rstudio:4.5') });
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('RStudio and a notebook of the same folder are two sessions, with a port and a home folder each', async () => {
  const rstudio = await startRStudio();
  const python = await runJson<SessionAccess>(sandbox, ['-d', '--image', NOTEBOOK_IMAGE]);
  expect((await listSessions(sandbox)).map(({ name }) => name)).toEqual(['project', 'project-rstudio']);
  expect(python.session.port).not.toBe(rstudio.session.port);
  expect((await leftovers(sandbox)).volumes).toHaveLength(2);
  const { stderr } = await sandbox.run(['url']);
  expect(stderr).toContain('project and project-rstudio');
});

test('--ro lets R read the project and not write to it', async () => {
  await writeFile(path.join(sandbox.project, 'data.csv'), '1\n');
  await startRStudio(['--ro']);
  expect(await inSession(sandbox, ['cat', 'data.csv'])).toBe('1');
  const { exitCode } = await sandbox.run(['shell', '--', 'touch', 'new']);
  expect(exitCode).not.toBe(0);
  expect(await readdir(sandbox.project)).toEqual(['data.csv']);
});

test('nothing of the user’s is mounted below the home folder, whose owner the init changes', async () => {
  for (const args of [
    ['-v', '.:/root/data'],
    ['-v', '.:/root'],
  ]) {
    expect(await runFailing(sandbox, ['-d', '--rstudio', '--image', image, ...args])).toMatchObject({
      code: 'usage',
      exitCode: 2,
    });
  }
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

test('a variable cannot switch the sign-in off', async () => {
  await startRStudio(['-e', 'DISABLE_AUTH=true']);
  const { url, cookie } = await open();
  expect(await isSignedIn(url, '')).toBe(false);
  expect(await isSignedIn(url, cookie)).toBe(true);
});

test('a session on an address other than the browser’s own is opened at its form, and that is said', async () => {
  const { url } = await startRStudio(['--bind', '127.0.0.2']);
  const { stderr } = await sandbox.run(['open'], { env: { BROWSER: 'true' } });
  expect(stderr).toContain('ezj url --password project-rstudio');
  const answer = await postLink(await openLink(sandbox));
  expect(answer).toMatchObject({ status: 303, headers: { location: url } });
  expect(answer.headers['set-cookie']).toBeUndefined();
});
