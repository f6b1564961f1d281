import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { request } from '../environment/engine-api.ts';
import { removeLabelled } from '../environment/resources.ts';
import { uniqueName } from '../environment/run-id.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { askWeb } from '../environment/web.ts';

const OWNER = uniqueName();
const TOKEN = 'a-token-of-the-test';

afterAll(() => removeLabelled(`ezj-test=${OWNER}`));

// The contract of test/images/stand-in-notebook/README.md, held against Jupyter itself too.
describe.each([inject('baseImage'), NOTEBOOK_IMAGE])('%s', (image) => {
  let container: string;
  let url: string;

  beforeAll(async () => {
    container = await start(image);
    url = await ready(container);
  });

  test('tells its status to whoever has the token, in a header or in the address', async () => {
    const answers = await Promise.all([askStatus(url, TOKEN), askWeb(`${url}/api/status?token=${TOKEN}`)]);
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(JSON.parse(body)).toEqual({
        started: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
        last_activity: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
        connections: 0,
        kernels: 0,
      });
    }
  });

  test('refuses its status without the token, and with a wrong one', async () => {
    expect((await askWeb(`${url}/api/status`)).status).toBe(403);
    expect((await askStatus(url, 'wrong')).status).toBe(403);
  });

  test('opens its page, also for a file, with the token only', async () => {
    expect((await askWeb(`${url}/lab?token=${TOKEN}`)).status).toBe(200);
    expect((await askWeb(`${url}/lab/tree/a.ipynb?token=${TOKEN}`)).status).toBe(200);
    const refused = await askWeb(`${url}/lab?token=wrong`);
    expect(refused).toMatchObject({ status: 302, headers: { location: expect.stringMatching(/^\/login/) } });
  });

  test('counts a question for its files as activity, and one for its status or its page not', async () => {
    const lastActivity = async () => JSON.parse((await askStatus(url, TOKEN)).body).last_activity as string;
    const before = await lastActivity();
    expect(await lastActivity()).toBe(before);
    await askWeb(`${url}/lab?token=${TOKEN}`);
    expect(await lastActivity()).toBe(before);
    await askWeb(`${url}/api/contents?content=0&token=${TOKEN}`);
    expect((await lastActivity()) > before).toBe(true);
  });

  test('writes a runtime file that its user alone may read, and its token into no log', async () => {
    const cmd = ['sh', '-c', 'cd ~/.local/share/jupyter/runtime && stat -c %a jpserver-*.json && cat jpserver-*.json'];
    const [mode, ...lines] = (await runIn(container, cmd)).split('\n');
    expect(mode).toBe('600');
    expect(JSON.parse(lines.join(''))).toMatchObject({
      base_url: '/',
      port: 8888,
      token: TOKEN,
      pid: expect.anything(),
    });
    expect(await readLog(container)).toContain('Serving notebooks from local directory: /work');
    expect(await readLog(container)).toMatch(/http:\/\/\S+:8888\/lab\?token=\.\.\./);
    expect(await readLog(container)).not.toContain(TOKEN);
  });

  test('has the tools of ezj’s own images', async () => {
    const cmd = ['bash', '-c', 'id -u; python3 -m pip --version; dpkg-query -W python3-pip; ps -e; xargs --version'];
    expect(await runIn(container, cmd)).toMatch(/^12345\npip [\s\S]*^python3-pip\t[\s\S]*xargs/m);
  });

  test('ends with 0 when it is told to, and says so', async () => {
    await request({ method: 'POST', path: `/containers/${container}/stop` });
    expect(await readLog(container)).toMatch(/received signal 15, stopping[\s\S]*Shutting down/);
    expect(await request({ path: `/containers/${container}/json` })).toMatchObject({ State: { ExitCode: 0 } });
  });
});

async function start(image: string): Promise<string> {
  const body = {
    Image: image,
    User: '12345:12345',
    Env: [`JUPYTER_TOKEN=${TOKEN}`],
    Labels: { 'ezj-test': OWNER },
    HostConfig: { Init: true, PortBindings: { '8888/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
  };
  const { Id } = (await request({ method: 'POST', path: '/containers/create', body })) as { Id: string };
  await request({ method: 'POST', path: `/containers/${Id}/start` });
  return Id;
}

/** The server's origin, once it answers. */
async function ready(container: string): Promise<string> {
  const { NetworkSettings } = (await request({ path: `/containers/${container}/json` })) as {
    NetworkSettings: { Ports: Record<string, { HostPort: string }[]> };
  };
  const url = `http://127.0.0.1:${NetworkSettings.Ports['8888/tcp']?.[0]?.HostPort}`;
  const answers = () => askStatus(url, TOKEN).then(({ status }) => status, String);
  await vi.waitUntil(async () => (await answers()) === 200, { timeout: 60_000 });
  return url;
}

function askStatus(url: string, token: string) {
  return askWeb(`${url}/api/status`, { headers: { authorization: `token ${token}` } });
}

async function runIn(container: string, Cmd: string[]): Promise<string> {
  const body = { AttachStdout: true, AttachStderr: true, Tty: true, Cmd };
  const { Id } = (await request({ method: 'POST', path: `/containers/${container}/exec`, body })) as { Id: string };
  const output = await request({ method: 'POST', path: `/exec/${Id}/start`, body: { Tty: true } });
  return String(output).replaceAll('\r', '').trim();
}

async function readLog(container: string): Promise<string> {
  return String(await request({ path: `/containers/${container}/logs`, query: { stdout: '1', stderr: '1' } }));
}
