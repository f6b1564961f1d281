import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { EnvironmentReport } from '../../src/protocol/environment.ts';
import type { SessionAccess } from '../../src/protocol/session.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { STACKS_IMAGE } from '../environment/stand-in-docker-stacks.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { askServer, inSession, runFailing, runJson } from './notebooks.ts';

async function write({ project }: Sandbox, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(project, name)), { recursive: true });
    await writeFile(path.join(project, name), content);
  }
}

const HOOKS = {
  'binder/postBuild': '#!/bin/sh\nset -e\necho built > /opt/built\nls -A > /opt/beside\n',
  'binder/start': '#!/bin/sh\nexport STARTED="in $PWD as $(id -u)"\nexec "$@"\n',
  'code.py': '',
};
const LOOK = [
  'sh',
  '-c',
  'cat /opt/built /opt/beside; cat /proc/[0-9]*/environ 2> /dev/null | tr "\\0" "\\n" | grep -m1 ^STARTED',
];

test.each([
  'ezj’s own',
  'docker-stacks’',
])('postBuild and start run where they belong, after the user has agreed, in an image of %s', async (family) => {
  const sandbox = await createSandbox({ uid: 1000 });
  onTestFinished(sandbox.cleanup);
  const image = family.startsWith('ezj') ? NOTEBOOK_IMAGE : STACKS_IMAGE;
  await write(sandbox, HOOKS);
  const start = ['-d', '--image', image];
  expect(await runFailing(sandbox, start)).toMatchObject({
    code: 'project-untrusted',
    details: [expect.stringContaining('binder/postBuild'), expect.stringContaining('binder/start')],
  });
  const { permissions, dockerfile } = await runJson<EnvironmentReport>(sandbox, ['env', '--image', image]);
  expect(permissions).toHaveLength(2);
  expect(dockerfile).toMatch(/\.\/postBuild[\s\S]*ENTRYPOINT/);
  const { url } = await runJson<SessionAccess>(sandbox, [...start, '--yes']);
  expect(await askServer(url)).toBe(200);
  expect(await inSession(sandbox, LOOK)).toBe('built\npostBuild\nSTARTED=in /work/project as 1000');
});

test('a hook that fails is named, and one that has changed is asked for again', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const start = ['-d', '--image', NOTEBOOK_IMAGE];
  await write(sandbox, { postBuild: '#!/bin/sh\necho before\necho "Error: no luck" >&2\nexit 3\n' });
  const failure = await runFailing(sandbox, [...start, '--yes']);
  expect(failure).toMatchObject({ code: 'build-failed', details: ['before', 'Error: no luck'] });
  expect(failure.message).toBe('The build failed at postBuild: Error: no luck');
  expect(await runFailing(sandbox, start)).toMatchObject({ code: 'build-failed' });
  await write(sandbox, { postBuild: '#!/bin/sh\n' });
  expect(await runFailing(sandbox, start)).toMatchObject({ code: 'project-untrusted' });
  await runJson(sandbox, [...start, '--no-env']);
});

test('who has agreed to a project’s file and its code has agreed to the file alone', async () => {
  const sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  const start = ['-d', '--no-env', '--image', NOTEBOOK_IMAGE];
  await write(sandbox, { postBuild: '#!/bin/sh\n', 'ezj.yaml': 'passEnv: [EDITOR]\n' });
  expect(await runFailing(sandbox, start)).toMatchObject({ code: 'project-untrusted' });
  await runJson(sandbox, ['trust']);
  await runJson(sandbox, start);
});
