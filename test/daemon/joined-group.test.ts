import { readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inspect, runFailing, runJson, startNotebook } from '../cli/notebooks.ts';
import { engineSocket } from '../environment/engine.ts';
import { createSandbox, type RunOptions, type Sandbox } from '../environment/sandbox.ts';

// Nobody of this name and number is on the machine: the files that say so are seen by the runs of these tests only.
const UID = 4321;
const NAME = 'ezj-joiner';

let user: Sandbox;
let beforeLogin: RunOptions;

beforeEach(async () => {
  user = await createSandbox({ uid: UID });
  beforeLogin = { uid: 0, node: await makeLoginShell() };
});

afterEach(() => user.cleanup());

/** As node is run by a user who has joined the group of the engine's socket after the login. */
async function makeLoginShell(): Promise<string> {
  const group = groupOfSocket();
  const join = (file: string, members: number) =>
    readFileSync(file, 'utf8').replace(
      new RegExp(`^(${group}(?::[^:\n]*){${members}}:)(.*)$`, 'm'),
      (_, head, others) => [head, others, others && ',', NAME].join(''),
    );
  const files = {
    passwd: `${readFileSync('/etc/passwd', 'utf8')}${NAME}:x:${UID}:${UID}::${user.home}:/bin/sh\n`,
    group: `${join('/etc/group', 2)}${NAME}:x:${UID}:\n`,
    gshadow: `${join('/etc/gshadow', 2)}${NAME}:!::\n`,
  };
  const mounts = [];
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(user.home, name);
    await writeFile(file, text);
    mounts.push(`mount --bind ${file} /etc/${name}`);
  }
  const node = `setpriv --reuid=${UID} --regid=${UID} --groups=${UID} ${process.execPath}`;
  const shell = path.join(user.home, 'login-shell');
  const inside = `${mounts.join(' && ')} && exec ${node} "$@"`;
  await writeFile(shell, `#!/bin/sh\nexec unshare --mount sh -c '${inside}' sh "$@"\n`, { mode: 0o755 });
  return shell;
}

function groupOfSocket(): string {
  const { gid } = statSync(engineSocket());
  return new RegExp(`^([^:]+):[^:]*:${gid}:`, 'm').exec(readFileSync('/etc/group', 'utf8'))?.[1] ?? '';
}

test('whoever joined the group of the engine after the login needs no new one', async () => {
  expect(await runJson(user, ['list'], beforeLogin)).toEqual([]);
  await runJson(user, ['daemon', 'stop'], beforeLogin);
  expect(await runJson(user, ['list'], beforeLogin)).toEqual([]);
});

test('the files of a session that was started so belong to the user’s own group', async () => {
  const { session } = await startNotebook(user, [], beforeLogin);
  expect((await inspect(session.container)).Config.User).toBe(`${UID}:${UID}`);
});

test('a command runs again once', async () => {
  const again = { ...beforeLogin, env: { EZJ_IN_GROUP: groupOfSocket() } };
  expect(await runFailing(user, ['list'], again)).toMatchObject({ exitCode: 4, code: 'engine-permission' });
});
