import { expect, onTestFinished, test } from 'vitest';
import { LABEL } from '../../src/protocol/labels.ts';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { listSessions, runFailing, runJson, startNotebook } from '../cli/notebooks.ts';
import { request } from '../environment/engine-api.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';

/** The name of the home volume of the folder, which a session creates. */
async function homeOf(sandbox: Sandbox): Promise<{ Name: string; Labels: Record<string, string> }> {
  await startNotebook(sandbox);
  const filters = JSON.stringify({ label: [`${LABEL.owner}=${sandbox.owner}`] });
  const { Volumes } = (await request({ path: '/volumes', query: { filters } })) as {
    Volumes: { Name: string; Labels: Record<string, string> }[];
  };
  await runJson(sandbox, ['stop']);
  const [home] = Volumes;
  if (!home) throw new Error('The session has no home volume');
  await request({ method: 'DELETE', path: `/volumes/${home.Name}` });
  return home;
}

async function plant(Name: string, Labels: Record<string, string>): Promise<void> {
  await request({ method: 'POST', path: '/volumes/create', body: { Name, Labels } });
  onTestFinished(async () => {
    await request({ method: 'DELETE', path: `/volumes/${Name}` }).catch(() => {});
  });
}

test('a home volume that somebody else created is not mounted, not filled and not removed', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const { Name, Labels } = await homeOf(sandbox);
  for (const labels of [{}, { ...Labels, [LABEL.owner]: 'mallory' }, { ...Labels, [LABEL.key]: 'other' }]) {
    await plant(Name, labels);
    const failure = await runFailing(sandbox, ['-d', '--image', NOTEBOOK_IMAGE]);
    expect(failure).toMatchObject({ code: 'volume-taken', message: expect.stringContaining(Name) });
    expect(await listSessions(sandbox)).toEqual([]);
    // It is still there, and no container uses it.
    await request({ method: 'DELETE', path: `/volumes/${Name}` });
  }
  await runJson<SessionAccess>(sandbox, ['-d', '--image', NOTEBOOK_IMAGE]);
});
