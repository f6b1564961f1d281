import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { request } from '../environment/engine-api.ts';
import { removeLabelled } from '../environment/resources.ts';
import { uniqueName } from '../environment/run-id.ts';
import { type Generation, standInRstudio } from '../environment/stand-in-rstudio.ts';

const LABEL = 'ezj-test';
const OWNER = uniqueName();
const PASSWORD = 'not the usual one';
const FORM = 'application/x-www-form-urlencoded';
const BROWSER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };

afterAll(() => removeLabelled(`${LABEL}=${OWNER}`));

test('signs in whoever has the password, and shows the session to the browser that has the cookies', async () => {
  const server = await start({ env: { USERID: '1000' } });
  const { status, location, cookies, set } = await signIn(server.url, { appUri: '/?view=files' });
  expect({ status, location }).toEqual({ status: 302, location: `${server.url}/?view=files` });
  expect([...cookies.keys()].sort()).toEqual([
    'csrf-token',
    'persist-auth',
    'rs-csrf-token',
    'user-id',
    'user-list-id',
  ]);
  for (const cookie of set) expect(cookie).toMatch(/; path=\/; HttpOnly$/);
  expect(set.find((cookie) => cookie.startsWith('user-id='))).toMatch(/^user-id=rstudio\|[^;|]+\|[^;|]+; path=/);
  const page = await ask(server.url, '/', { headers: { ...BROWSER, cookie: cookieHeader(cookies) } });
  expect(page).toMatchObject({ status: 200, text: expect.stringContaining('<title>RStudio (stand-in)</title>') });
  expect(await describe(server.url, cookies)).toMatchObject({
    user: 'rstudio',
    uid: 1000,
    gid: 1000,
    home: '/home/rstudio',
    workingFolder: '/home/rstudio',
    project: null,
    timeoutMinutes: 120,
  });
});

test('a cookie that is to last has an end, within the time that rserver.conf names', async () => {
  const folder = await scratchFolder();
  await writeFile(path.join(folder, 'rserver.conf'), 'auth-timeout-minutes=0\nauth-stay-signed-in-days=2\n');
  const server = await start({ binds: [`${folder}/rserver.conf:/etc/rstudio/rserver.conf`] });
  const { cookies, set } = await signIn(server.url, { persist: true });
  expect(cookies.has('persist-auth')).toBe(false);
  const userId = set.find((cookie) => cookie.startsWith('user-id=')) ?? '';
  const end = Date.parse(/expires=([^;]+)/.exec(userId)?.[1] ?? '');
  expect((end - Date.now()) / 3_600_000).toBeCloseTo(48, 1);
});

test('tells a wrong password, an unknown user and a hurry apart by number, and counts a wrong password as a try', async () => {
  const server = await start();
  expect(await signIn(server.url, { user: 'nobody-here' })).toMatchObject(refusal(server.url, 3));
  expect(await signIn(server.url, { user: 'daemon' })).toMatchObject(refusal(server.url, 3));
  expect(await signIn(server.url, { password: 'wrong' })).toMatchObject(refusal(server.url, 1));
  expect(await signIn(server.url)).toMatchObject(refusal(server.url, 2));
});

test('refuses a second sign-in within the throttle', async () => {
  const server = await start();
  expect((await signIn(server.url)).cookies.has('user-id')).toBe(true);
  expect(await signIn(server.url)).toMatchObject(refusal(server.url, 2));
});

test('refuses a form without the CSRF field, with another one, or with a charset in its type', async () => {
  const server = await start();
  const forged = { status: 302, location: `${server.url}/auth-sign-in?appUri=appUri&error=2`, cookies: new Map() };
  expect(await signIn(server.url, { csrf: { cookie: 'a' } })).toMatchObject(forged);
  expect(await signIn(server.url, { csrf: { cookie: 'a', field: 'b' } })).toMatchObject(forged);
  const typed = await signIn(server.url, { type: `${FORM};charset=UTF-8` });
  expect(typed).toMatchObject({ status: 302, location: `${server.url}/auth-sign-in?appUri=&error=2` });
  expect((await signIn(server.url, { csrf: { cookie: 'own', field: 'own' } })).cookies.has('user-id')).toBe(true);
});

test('clears the cookie of another server on the same host name', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  const { cookies } = await signIn(one.url);
  const answer = await ask(other.url, '/', { headers: { ...BROWSER, cookie: cookieHeader(cookies) } });
  expect(answer).toMatchObject({ status: 302, location: `${other.url}/auth-sign-in?appUri=%2F` });
  expect(answer.set.find((cookie) => cookie.startsWith('user-id='))).toMatch(/^user-id=; expires=/);
});

test('a cookie that signed out signs nobody in again', async () => {
  const server = await start();
  const { cookies } = await signIn(server.url);
  const headers = { cookie: cookieHeader(cookies), 'content-type': FORM };
  expect(await ask(server.url, '/auth-sign-out', { method: 'POST', headers })).toMatchObject({ status: 400 });
  const body = form({ 'rs-csrf-token': cookies.get('rs-csrf-token') ?? '' });
  const answer = await ask(server.url, '/auth-sign-out', { method: 'POST', headers, body });
  expect(answer).toMatchObject({ status: 302, location: `${server.url}/auth-sign-in` });
  expect(await ask(server.url, '/stand-in/session', { headers })).toMatchObject({ status: 302 });
});

test('sends an agent that is no browser away from the start page, and tells it the public key', async () => {
  const server = await start();
  const page = await ask(server.url, '/');
  expect(page).toMatchObject({ status: 302, location: `${server.url}/unsupported_browser.htm` });
  const key = await ask(server.url, '/auth-public-key');
  expect(key).toMatchObject({ status: 200, text: expect.stringMatching(/^010001:[0-9A-F]{512}$/) });
});

test('serves its form to a browser with the CSRF token in it and in the cookies', async () => {
  const server = await start();
  const { status, text, cookies } = await ask(server.url, '/auth-sign-in', { headers: BROWSER });
  expect(status).toBe(200);
  expect(text).toContain(`name="rs-csrf-token" value="${cookies.get('rs-csrf-token')}"`);
});

test.each([
  ['another process is the first', { init: true }, 'can only run as pid 1'],
  ['it is not root', { user: '1000:1000' }, 'unable to gain root privileges'],
])('does not start where %s', async (_, options, message) => {
  const container = await create(options);
  expect(await ended(container)).toBe(100);
  expect(await readLog(container)).toContain(message);
});

test('a user id of its own owns the home folder with all that is mounted below, and writes the files', async () => {
  const folder = await scratchFolder();
  await mkdir(path.join(folder, 'below'));
  await writeFile(path.join(folder, 'below', 'file'), '');
  const project = await workFolder(12345);
  const server = await start({
    env: { USERID: '12345', GROUPID: '54321' },
    binds: [`${folder}:/home/rstudio/mounted`, `${project}:/project`, await settings('/project')],
  });
  expect(await stat(path.join(folder, 'below', 'file'))).toMatchObject({ uid: 12345 });
  const { cookies } = await signIn(server.url);
  expect(await describe(server.url, cookies)).toMatchObject({ user: 'rstudio', uid: 12345, gid: 54321 });
  const written = await write(server.url, cookies, 'made');
  expect(written).toMatchObject({ status: 200 });
  expect(await stat(path.join(project, 'made'))).toMatchObject({ uid: 12345, gid: 54321 });
  expect(await readFile(path.join(project, 'made'), 'utf8')).toBe('content');
});

test('a user id below 1000 may sign in, as the init lowers the minimum', async () => {
  const server = await start({ env: { USERID: '501' } });
  expect(await readLog(server.container)).toContain('setting minimum authorised user to 499');
  expect(await describe(server.url, (await signIn(server.url)).cookies)).toMatchObject({ user: 'rstudio', uid: 501 });
});

test('in rootless mode root signs in and nobody else is there', async () => {
  const server = await start({ env: { RUNROOTLESS: 'true' } });
  expect(await signIn(server.url, { user: 'rstudio' })).toMatchObject(refusal(server.url, 3));
  const { cookies } = await signIn(server.url, { user: 'root' });
  expect(await describe(server.url, cookies)).toMatchObject({ user: 'root', uid: 0, home: '/root' });
});

test('rootless mode ends with 1 where rserver.conf has a minimum user id of its own', async () => {
  const folder = await scratchFolder();
  await writeFile(path.join(folder, 'rserver.conf'), 'auth-minimum-user-id=100\n');
  const container = await create({
    env: { PASSWORD, RUNROOTLESS: 'true' },
    binds: [`${folder}/rserver.conf:/etc/rstudio/rserver.conf`],
  });
  expect(await ended(container)).toBe(1);
  expect(await readLog(container)).toContain('requires setting minimum authorised user to 0');
});

test('makes a password where none was given, and says it in red', async () => {
  const server = await start({ env: { PASSWORD: '' } });
  // biome-ignore lint/complexity/useRegexLiterals: the escape is a control character
  const said = new RegExp('The password is set to \u001b\\[31m(\\w{16})\u001b\\[39m').exec(
    await readLog(server.container),
  );
  expect((await signIn(server.url, { password: said?.[1] ?? '' })).cookies.has('user-id')).toBe(true);
});

test('gives R the container’s environment without the password, on top of the little that rserver hands down', async () => {
  const server = await start({ env: { SECRET: 'a b', MANY: '1' } });
  const { environment } = await describe(server.url, (await signIn(server.url)).cookies);
  expect(environment).toMatchObject({ SECRET: 'a b', MANY: '1', HOME: '/home/rstudio', USER: 'rstudio' });
  expect(Object.keys(environment)).not.toContain('PASSWORD');
});

test('starts in the folder of rsession.conf, and once in the project that is named for the next session', async () => {
  const folder = await workFolder(1000);
  const [project, wanted] = [path.join(folder, 'a', 'a.Rproj'), path.join(folder, 'next-session-project')];
  await mkdir(path.dirname(project));
  await chown(path.dirname(project), 1000, 1000);
  await writeFile(project, 'Version: 1.0\n');
  await writeFile(wanted, '/project/a/a.Rproj');
  const server = await start({
    binds: [
      `${folder}:/project`,
      `${wanted}:/home/rstudio/.local/share/rstudio/projects_settings/next-session-project`,
      await settings('/project', 'session-timeout-minutes=0'),
    ],
  });
  const { cookies } = await signIn(server.url);
  const opened = { project: '/project/a/a.Rproj', workingFolder: '/project/a', timeoutMinutes: 0 };
  expect(await describe(server.url, cookies)).toMatchObject(opened);
  expect(await describe(server.url, cookies)).toMatchObject(opened);
  expect(await readFile(wanted, 'utf8')).toBe('');
  await request({ method: 'POST', path: `/containers/${server.container}/restart` });
  const url = await ready(server.container);
  expect(await describe(url, cookies)).toMatchObject({ project: null, workingFolder: '/project' });
});

test('signs everybody in where the image’s user asked for no sign-in', async () => {
  const server = await start({ env: { DISABLE_AUTH: 'true' } });
  const { status, cookies } = await ask(server.url, '/auth-sign-in', { headers: BROWSER });
  expect(status).toBe(302);
  expect(await describe(server.url, cookies)).toMatchObject({ user: 'rstudio' });
});

test.each(['rserver', 'rsession'])('ends with the name of an option that %s.conf may not have', async (name) => {
  const folder = await scratchFolder();
  await writeFile(path.join(folder, 'conf'), 'no-such-option=1\n');
  const container = await create({ binds: [`${folder}/conf:/etc/rstudio/${name}.conf`] });
  expect(await ended(container)).toBe(1);
  expect(await readLog(container)).toContain("unrecognised option 'no-such-option'");
});

test('makes a key for cookies that only root can read, and keeps the one that is there', async () => {
  const folder = await scratchFolder();
  const binds = [`${folder}:/var/lib/rstudio-server`];
  const one = await start({ binds });
  const key = await stat(path.join(folder, 'secure-cookie-key'));
  expect({ uid: key.uid, mode: key.mode & 0o777 }).toEqual({ uid: 0, mode: 0o600 });
  const { cookies } = await signIn(one.url);
  const other = await start({ binds });
  expect(await describe(other.url, cookies)).toMatchObject({ user: 'rstudio' });
});

test('ends at once when it is told to', async () => {
  const { container } = await start();
  await request({ method: 'POST', path: `/containers/${container}/kill`, query: { signal: 'SIGTERM' } });
  expect(await ended(container)).toBe(0);
});

test.each<[Generation, string]>([
  ['2021', ''],
  ['2021', 'rstudio'],
  ['2020', ''],
])('the generation of %s does not start with the password “%s”', async (generation, password) => {
  const container = await create({ generation, env: { PASSWORD: password } });
  expect(await ended(container)).toBe(1);
  expect(await readLog(container)).toContain('You must set a unique PASSWORD');
});

test('the generation of 2021 knows no rootless mode and gives R nothing of the container’s environment but PATH', async () => {
  const server = await start({ generation: '2021', env: { RUNROOTLESS: 'true', SECRET: 'a' } });
  const { user, environment } = await describe(server.url, (await signIn(server.url)).cookies);
  expect(user).toBe('rstudio');
  expect(environment).not.toHaveProperty('SECRET');
  expect(environment).toHaveProperty('PATH');
});

test('in the generation of 2020 a cookie of one container is good in all, and has the old name for its CSRF token', async () => {
  const [one, other] = await Promise.all([start({ generation: '2020' }), start({ generation: '2020' })]);
  const form = await ask(one.url, '/auth-sign-in', { headers: BROWSER });
  expect([...form.cookies.keys()]).toEqual(['csrf-token']);
  const { cookies } = await signIn(one.url, { csrfName: 'csrf-token' });
  expect(await describe(other.url, cookies)).toMatchObject({ user: 'rstudio' });
});

test('the generation of 2020 answers a form without its CSRF token with 400, and does not know idle users', async () => {
  const server = await start({ generation: '2020' });
  expect(await signIn(server.url, { csrfName: 'rs-csrf-token' })).toMatchObject({ status: 400 });
  const folder = await scratchFolder();
  await writeFile(path.join(folder, 'conf'), 'auth-timeout-minutes=0\n');
  const binds = [`${folder}/conf:/etc/rstudio/rserver.conf`];
  expect(await ended(await create({ generation: '2020', binds }))).toBe(1);
});

// Containers

interface ContainerOptions {
  generation?: Generation;
  env?: Record<string, string>;
  binds?: string[];
  init?: boolean;
  user?: string;
}

async function start(options: ContainerOptions = {}): Promise<{ container: string; url: string }> {
  const container = await create(options);
  return { container, url: await ready(container) };
}

async function create({ generation = 'current', env = {}, binds = [], init = false, user = '' }: ContainerOptions) {
  const { Id } = (await request({
    method: 'POST',
    path: '/containers/create',
    body: {
      Image: standInRstudio(generation),
      User: user,
      Env: Object.entries({ PASSWORD, ...env }).map(([name, value]) => `${name}=${value}`),
      Labels: { [LABEL]: OWNER },
      HostConfig: { Binds: binds, Init: init, PortBindings: { '8787/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
    },
  })) as { Id: string };
  onTestFinished(async () => {
    await request({ method: 'DELETE', path: `/containers/${Id}`, query: { force: '1', v: '1' } });
  });
  await request({ method: 'POST', path: `/containers/${Id}/start` });
  return Id;
}

/** The server's origin, once it answers. */
async function ready(container: string): Promise<string> {
  const { NetworkSettings } = (await request({ path: `/containers/${container}/json` })) as {
    NetworkSettings: { Ports: Record<string, { HostPort: string }[]> };
  };
  const url = `http://127.0.0.1:${NetworkSettings.Ports['8787/tcp']?.[0]?.HostPort}`;
  for (;;) {
    if (await answers(url)) return url;
    const { State } = (await request({ path: `/containers/${container}/json` })) as { State: { Running: boolean } };
    if (!State.Running) throw new Error(`It ended: ${await readLog(container)}`);
    await wait(20);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    // The first fetch of a process never settles where its connection is cut at once, as the engine's proxy does.
    return (await ask(url, '/auth-public-key', { signal: AbortSignal.timeout(1000) })).status === 200;
  } catch {
    return false;
  }
}

async function ended(container: string): Promise<number> {
  const { StatusCode } = (await request({ method: 'POST', path: `/containers/${container}/wait` })) as {
    StatusCode: number;
  };
  return StatusCode;
}

async function readLog(container: string): Promise<string> {
  return String(await request({ path: `/containers/${container}/logs`, query: { stdout: '1', stderr: '1' } }));
}

// Folders of this machine

async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ezj-rstudio-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  return folder;
}

async function workFolder(uid: number): Promise<string> {
  const folder = await scratchFolder();
  await chown(folder, uid, uid);
  return folder;
}

/** The bind of an rsession.conf that names the start folder. */
async function settings(folder: string, ...more: string[]): Promise<string> {
  const file = path.join(await scratchFolder(), 'rsession.conf');
  await writeFile(file, `${[`session-default-working-dir=${folder}`, ...more].join('\n')}\n`);
  return `${file}:/etc/rstudio/rsession.conf`;
}

// The server

interface Answer {
  status: number;
  location: string | null;
  text: string;
  set: string[];
  /** What was set and is not empty. */
  cookies: Map<string, string>;
}

async function ask(url: string, target: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(url + target, { ...init, redirect: 'manual' });
  const set = answer.headers.getSetCookie();
  const pairs = set.map((cookie) => /^([^=]+)=([^;]*)/.exec(cookie) ?? []);
  return {
    status: answer.status,
    location: answer.headers.get('location'),
    text: await answer.text(),
    set,
    cookies: new Map(pairs.flatMap(([, name = '', value = '']) => (value === '' ? [] : [[name, value]]))),
  };
}

interface SignIn {
  user?: string;
  password?: string;
  persist?: boolean;
  appUri?: string;
  type?: string;
  csrfName?: string;
  csrf?: { cookie: string; field?: string };
}

async function signIn(url: string, options: SignIn = {}): Promise<Answer> {
  const { user = 'rstudio', password = PASSWORD, persist = false, appUri = '', type = FORM } = options;
  const { csrfName = 'rs-csrf-token', csrf = { cookie: 'token', field: 'token' } } = options;
  const { text } = await ask(url, '/auth-public-key');
  const fields = {
    persist: persist ? '1' : '0',
    appUri,
    clientPath: '/auth-sign-in',
    v: encrypt(`${user}\n${password}`, text),
    ...(csrf.field !== undefined && { [csrfName]: csrf.field }),
  };
  const headers = { 'content-type': type, cookie: `${csrfName}=${csrf.cookie}` };
  return ask(url, '/auth-do-sign-in', { method: 'POST', headers, body: form(fields) });
}

function refusal(url: string, error: number): Partial<Answer> {
  return { status: 302, location: `${url}/auth-sign-in?appUri=&error=${error}`, set: [] };
}

function encrypt(text: string, publicKey: string): string {
  const [e, n] = publicKey.split(':').map((hex) => Buffer.from(hex, 'hex').toString('base64url'));
  const key = createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' });
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text)).toString('base64');
}

// As a string: fetch gives a URLSearchParams a type with a charset.
function form(fields: Record<string, string>): string {
  return new URLSearchParams(fields).toString();
}

function cookieHeader(cookies: Map<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

interface SessionDescription {
  user: string;
  environment: Record<string, string>;
}

async function describe(url: string, cookies: Map<string, string>): Promise<SessionDescription> {
  const answer = await ask(url, '/stand-in/session', { headers: { cookie: cookieHeader(cookies) } });
  expect(answer).toMatchObject({ status: 200 });
  return JSON.parse(answer.text);
}

function write(url: string, cookies: Map<string, string>, name: string): Promise<Answer> {
  const headers = { cookie: cookieHeader(cookies) };
  return ask(url, `/stand-in/write?name=${name}`, { method: 'POST', headers, body: 'content' });
}
