import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PruneReport } from '../../src/protocol/image.ts';
import type { SessionAccess, StopReport } from '../../src/protocol/session.ts';
import { request } from '../environment/engine-api.ts';
import { listResources, removeLabelled } from '../environment/resources.ts';
import { uniqueName } from '../environment/run-id.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { importTinyImage } from '../environment/tiny-image.ts';
import {
  askServer,
  inSession,
  leftovers,
  listSessions,
  NOTHING,
  runFailing,
  runJson,
  startNotebook,
} from './notebooks.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
});

afterEach(async () => {
  await runJson(sandbox, ['stop', '--all']);
  await runJson(sandbox, ['prune', '--volumes', '--older-than', '0h', '--yes']);
  expect(await leftovers(sandbox)).toEqual(NOTHING);
});

afterAll(() => sandbox.cleanup());

function engine(method: 'POST' | 'DELETE', what: string, query: Record<string, string> = {}): Promise<unknown> {
  return request({ method, path: `/containers/${what}`, query });
}

test('a container that was removed by hand is no session any more, and ezj makes a new one', async () => {
  const { session } = await startNotebook(sandbox);
  const waiting = sandbox.start(['logs', '-f']);
  await waiting.waitFor(/Serving notebooks/);
  await engine('DELETE', session.container, { force: '1' });
  await waiting.ended;
  expect(await listSessions(sandbox)).toEqual([]);
  expect(await runFailing(sandbox, ['url'])).toMatchObject({ exitCode: 3, code: 'session-not-found' });
  const again = await startNotebook(sandbox);
  expect(again.reused).toBe(false);
  expect(await askServer(again.url)).toBe(200);
});

test('a container that was stopped by hand is shown as stopped, and ezj starts a session again', async () => {
  const { session } = await startNotebook(sandbox);
  const waiting = sandbox.start(['logs', '-f']);
  await waiting.waitFor(/Serving notebooks/);
  await engine('POST', `${session.container}/kill`);
  await waiting.ended;
  expect(await listSessions(sandbox)).toMatchObject([
    { name: 'project', state: 'stopped', exit: { code: 137, outOfMemory: false } },
  ]);
  expect((await sandbox.run(['list'])).stdout).toContain('stopped (137)');
  expect(await runFailing(sandbox, ['url'])).toMatchObject({ code: 'session-not-found', hint: 'ezj restart project' });
  const again = await startNotebook(sandbox);
  expect(await askServer(again.url)).toBe(200);
  expect(await listSessions(sandbox)).toMatchObject([{ state: 'running', port: session.port }]);
});

test('a session whose container is paused is neither lost nor started twice', async () => {
  const { session } = await startNotebook(sandbox);
  await engine('POST', `${session.container}/pause`);
  const failure = await runFailing(sandbox, ['-d', '--image', session.image]);
  expect(failure).toMatchObject({ code: 'session-not-ready', message: expect.stringContaining('paused') });
  expect((await leftovers(sandbox)).containers).toEqual([session.container]);
  for (const args of [['shell', '--json', '--', 'true'], ['url'], ['open']]) {
    expect(await runFailing(sandbox, args)).toMatchObject({
      exitCode: 7,
      message: 'project is paused',
      hint: expect.stringMatching(/^To resume it: docker unpause ezj-\S+;/),
    });
  }
  await engine('POST', `${session.container}/unpause`);
  expect((await startNotebook(sandbox)).reused).toBe(true);
});

test('files outside the project and the home folder keep the container, and ezj brings them back', async () => {
  const { session } = await startNotebook(sandbox);
  await inSession(sandbox, ['sh', '-c', 'echo worth > /opt/precious && touch /tmp/worthless']);
  const [report] = await runJson<StopReport[]>(sandbox, ['stop']);
  expect(report).toEqual({ session: 'project', outside: ['/opt/precious'] });
  expect(await listSessions(sandbox)).toMatchObject([{ state: 'stopped', container: session.container }]);
  const again = await startNotebook(sandbox);
  expect(again).toMatchObject({ reused: false, session: { container: session.container } });
  expect(await inSession(sandbox, ['cat', '/opt/precious'])).toBe('worth');
  const { stderr } = await sandbox.run(['stop']);
  expect(stderr).toContain('/opt/precious');
  expect(stderr).toContain('ezj stop --discard');
  const discarded = await sandbox.run(['stop', '--discard']);
  expect(discarded.stderr).toBe('project is removed, with its 1 changed file\n');
  expect(await listSessions(sandbox)).toEqual([]);
});

test('a session that differs is made anew by a stop, and by --discard only where files would be lost', async () => {
  const { session } = await startNotebook(sandbox);
  const port = session.port + 1;
  const asked = ['-d', '--image', session.image, '-p', String(port)];
  const differs = `differs from your request: --port ${port} (it has ${session.port})`;
  const harmless = await sandbox.run(asked);
  expect(harmless.stderr).toContain(differs);
  expect(harmless.stderr).toContain('To have it as asked: ezj stop project, then this command again\n');
  await inSession(sandbox, ['sh', '-c', 'echo worth > /opt/precious']);
  const lossy =
    'To have it as asked: ezj stop --discard project, then this command again; its 1 changed file outside the project and the home folder would be lost\n';
  expect((await sandbox.run(asked)).stderr).toContain(lossy);
  // A plain stop keeps the container, and the difference with it.
  await sandbox.run(['stop', 'project']);
  const { stderr } = await sandbox.run(asked);
  expect(stderr).toContain(differs);
  expect(stderr).toContain(lossy);
  await sandbox.run(['stop', '--discard', 'project']);
  expect(await runJson<SessionAccess>(sandbox, asked)).toMatchObject({ session: { port }, differences: [] });
});

test('stop and prune touch nothing that ezj did not make', async () => {
  const label = `ezj-test-beside=${uniqueName()}`;
  const beside = await makeBeside(label);
  try {
    const before = await listResources({ label });
    expect(before).toMatchObject({ containers: beside.containers, volumes: [beside.volume] });
    await startNotebook(sandbox);
    expect(await listSessions(sandbox)).toHaveLength(1);
    await runJson(sandbox, ['stop', '--all']);
    const old = await importTinyImage({
      name: `ezj/python:${randomBytes(6).toString('hex')}`,
      labels: ['ezj.image=python', `ezj.owner=${sandbox.owner}`],
    });
    const { items } = await runJson<PruneReport>(sandbox, ['prune', '--volumes', '--older-than', '0h', '--yes']);
    expect(items.map(({ type, name }) => ({ type, name }))).toEqual([
      { type: 'image', name: old.name },
      { type: 'volume', name: expect.stringMatching(/^ezj-home-project-/) },
    ]);
    expect(await listResources({ label })).toEqual(before);
  } finally {
    await removeLabelled(label);
  }
});

/** Things that look like ezj's: names of its form, a stopped container, labels of another owner. */
async function makeBeside(label: string): Promise<{ containers: string[]; volume: string }> {
  const [key = '', value = ''] = label.split('=');
  const create = async (name: string, labels: Record<string, string>) => {
    const body = { Image: NOTEBOOK_IMAGE, Entrypoint: ['sleep'], Cmd: ['1000'], Labels: { [key]: value, ...labels } };
    const made = await request({ method: 'POST', path: '/containers/create', query: { name }, body });
    return (made as { Id: string }).Id;
  };
  const running = await create(`ezj-project-${value}`, {});
  await engine('POST', `${running}/start`);
  const others = await create(`ezj-other-${value}`, { 'ezj.owner': 'somebody-else', 'ezj.session': 'project' });
  const volume = `ezj-home-project-${value}`;
  await request({ method: 'POST', path: '/volumes/create', body: { Name: volume, Labels: { [key]: value } } });
  return { containers: [running, others].sort(), volume };
}
