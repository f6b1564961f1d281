import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspect, listSessions, runFailing, runJson, startNotebook } from '../cli/notebooks.ts';
import { request } from '../environment/engine-api.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';

// The labels of a session, in an image or in a compose file of a stranger.

let sandbox: Sandbox;
let labels: Record<string, string>;

beforeAll(async () => {
  sandbox = await createSandbox();
  const { session } = await startNotebook(sandbox);
  labels = (await inspect(session.container)).Config.Labels;
  await runJson(sandbox, ['stop']);
});

afterAll(() => sandbox.cleanup());

const changes: [string, (own: Record<string, string>) => Record<string, string>][] = [
  ['without a seal', ({ 'ezj.seal': _, ...others }) => others],
  ['with a made-up seal', (own) => ({ ...own, 'ezj.seal': '0'.repeat(64) })],
  ['with the seal of other labels', (own) => ({ ...own, 'ezj.project': `${own['ezj.project']}/below` })],
];

test.each(
  changes,
)('a container that has the labels of a session %s is none, and ezj leaves it alone', async (_, change) => {
  const body = { Image: NOTEBOOK_IMAGE, Cmd: ['sleep', '1000'], Labels: change(labels) };
  const { Id } = (await request({ method: 'POST', path: '/containers/create', body })) as { Id: string };
  await request({ method: 'POST', path: `/containers/${Id}/start` });
  try {
    expect(await listSessions(sandbox)).toEqual([]);
    expect(await runFailing(sandbox, ['url'])).toMatchObject({ code: 'session-not-found' });
    const { session, reused } = await startNotebook(sandbox);
    expect({ reused, posing: session.container === Id }).toEqual({ reused: false, posing: false });
    await runJson(sandbox, ['stop', '--all', '--discard']);
    expect((await inspect(Id)).State.Status).toBe('running');
  } finally {
    await request({ method: 'DELETE', path: `/containers/${Id}`, query: { force: '1' } });
  }
});
