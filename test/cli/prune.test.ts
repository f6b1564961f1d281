import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { PruneReport } from '../../src/protocol/image.ts';
import { request } from '../environment/engine-api.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { inSession, leftovers, runJson, startNotebook } from './notebooks.ts';

/** A home folder that no session has. Gives its name. */
async function makeHome(sandbox: Sandbox, { kind = 'python', project = sandbox.project } = {}): Promise<string> {
  const key = randomBytes(6).toString('hex');
  const Name = `ezj-home-project-${key}`;
  const labels = { owner: sandbox.owner, home: 'true', key, project, kind };
  const Labels = Object.fromEntries(Object.entries(labels).map(([name, value]) => [`ezj.${name}`, value]));
  await request({ method: 'POST', path: '/volumes/create', body: { Name, Labels } });
  return Name;
}

test('prune --volumes takes the home folders of projects that are gone, and others by their age alone', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const gone = await makeHome(sandbox, { project: path.join(sandbox.home, 'gone') });
  const there = await makeHome(sandbox);
  // Of neither the last use is known: from this call on it is.
  const { items } = await runJson<PruneReport>(sandbox, ['prune', '--volumes', '--older-than', '0h']);
  expect(items.filter(({ skipped }) => skipped === undefined)).toMatchObject([{ name: gone }]);
  const { stdout, stderr } = await sandbox.run(['prune', '--volumes', '--yes']);
  expect(stdout).toMatch(new RegExp(`^volume +${there} .* stays: home folder of \\S+ for python, last used \\d`, 'm'));
  expect(stderr).toContain('--older-than 30d');
  expect((await leftovers(sandbox)).volumes).toEqual([there]);
  await runJson(sandbox, ['prune', '--volumes', '--older-than', '0h', '--yes']);
  expect((await leftovers(sandbox)).volumes).toEqual([]);
});

test('prune leaves a session alone that a stop has kept for its files, and says how it goes', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const { session } = await startNotebook(sandbox);
  await inSession(sandbox, ['sh', '-c', 'echo worth > /opt/precious']);
  await sandbox.run(['stop']);
  const before = await leftovers(sandbox);
  const skipped = 'it keeps 1 changed file; ezj stop --discard project removes it';
  for (const args of [['prune'], ['prune', '--yes'], ['prune', '--volumes', '--yes']]) {
    const report = await runJson<PruneReport>(sandbox, args);
    expect(report).toMatchObject({ bytes: 0, items: [{ type: 'container', name: 'project', skipped }] });
    expect(report.items).toHaveLength(1);
  }
  const { stdout, stderr } = await sandbox.run(['prune']);
  expect(stdout).toMatch(new RegExp(`^container +project +\\S+ k?B +stays: ${skipped}$`, 'm'));
  expect(stderr).toBe('Nothing to remove.\n');
  expect(await leftovers(sandbox)).toEqual(before);
  expect(await startNotebook(sandbox)).toMatchObject({ session: { container: session.container } });
  expect(await inSession(sandbox, ['cat', '/opt/precious'])).toBe('worth');
});

test('prune shows how much a stopped session takes, and gives it back', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const { session } = await startNotebook(sandbox);
  await inSession(sandbox, ['sh', '-c', 'head -c 3000000 /dev/zero > /tmp/scratch']);
  // Not by `ezj stop`, which would remove it.
  await request({ method: 'POST', path: `/containers/${session.container}/stop` });
  const { items, bytes } = await runJson<PruneReport>(sandbox, ['prune']);
  expect(items).toEqual([expect.objectContaining({ type: 'container', name: 'project' })]);
  expect(bytes).toBe(items[0]?.bytes);
  expect(bytes).toBeGreaterThanOrEqual(3_000_000);
  expect((await sandbox.run(['prune'])).stdout).toMatch(/^container +project +3(\.\d+)? MB +stopped session of /m);
  expect(await runJson<PruneReport>(sandbox, ['prune', '--yes'])).toMatchObject({ bytes, removed: true });
  expect((await leftovers(sandbox)).containers).toEqual([]);
});
