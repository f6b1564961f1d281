import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Hello } from '../../src/protocol/daemon.ts';
import { runFailing, runJson } from '../cli/notebooks.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';

/** Loaded into the daemon: looking at a folder of the name `faulty` fails as a defect would, where nobody catches it. */
const FAULTS = {
  throws: 'setImmediate(() => { throw new Error("a defect"); })',
  rejects: 'Promise.reject(new Error("a defect"))',
};

async function sandboxWith(fault: string): Promise<Sandbox> {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const preload = path.join(sandbox.home, 'fault.cjs');
  await writeFile(
    preload,
    `const fs = require('node:fs/promises');
const { stat } = fs;
fs.stat = (file, ...rest) => {
  if (!String(file).endsWith('/faulty')) return stat(file, ...rest);
  ${fault};
  return new Promise(() => {});
};`,
  );
  await mkdir(path.join(sandbox.project, 'faulty'));
  sandbox.env.NODE_OPTIONS = `--require ${preload}`;
  return sandbox;
}

for (const [how, fault] of Object.entries(FAULTS)) {
  test(`what ${how} where nobody catches it ends its own call, and the daemon goes on`, async () => {
    const sandbox = await sandboxWith(fault);
    const { pid } = await runJson<Hello>(sandbox, ['daemon', 'start']);
    for (const _ of [1, 2]) {
      const failure = await runFailing(sandbox, ['-d', 'faulty']);
      expect(failure).toMatchObject({ exitCode: 1, code: 'internal', message: expect.stringContaining('a defect') });
    }
    expect(await runJson(sandbox, ['list'])).toEqual([]);
    expect(await runJson(sandbox, ['daemon', 'status'])).toMatchObject({ running: true, pid });
    const { lines } = await runJson<{ lines: string[] }>(sandbox, ['daemon', 'logs']);
    expect(lines.join('\n')).toContain('Error: a defect');
  });
}
