import { expect, onTestFinished, test } from 'vitest';
import { EZJ } from '../environment/engine.ts';
import { createSandbox } from '../environment/sandbox.ts';
import { listSessions, startNotebook } from './notebooks.ts';
import { openTerminal } from './terminal.ts';

test('stop --all on a terminal asks where a session belongs to another folder, and a no stops nothing', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  await startNotebook(sandbox);
  const stopAll = `cd ..; '${process.execPath}' '${EZJ}' stop --all`;
  const refused = openTerminal(sandbox, stopAll);
  await refused.waitFor(/project · \S+[\s\S]*Stop them\? \[y\/N\] /);
  refused.type('n\r');
  expect(await refused.ended).toBe(130);
  expect(await listSessions(sandbox)).toHaveLength(1);
  const agreed = openTerminal(sandbox, stopAll);
  await agreed.waitFor(/Stop them/);
  agreed.type('y\r');
  expect(await agreed.ended).toBe(0);
  expect(await listSessions(sandbox)).toEqual([]);
  expect(await openTerminal(sandbox, `${stopAll} --yes`).ended).toBe(0);
});
