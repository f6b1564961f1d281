import { expect, test } from 'vitest';
import { LIGHT_SERVER } from '../environment/light-server.ts';
import { makeWheel } from '../environment/package-index.ts';
import { openWorld, pip, write } from './installed-world.ts';
import { inSession, runJson } from './notebooks.ts';

const PROFILES = [LIGHT_SERVER.base, LIGHT_SERVER.stacks].flatMap((base) =>
  [0, 1000, 12345].map((uid) => ({
    base,
    uid,
    title: base === LIGHT_SERVER.base ? 'ezj’s own image' : 'stand-in-docker-stacks',
  })),
);

test.each(PROFILES)('what uid $uid installs in $title is there at once, after a stop, and in another image', async ({
  base,
  uid,
}) => {
  const { sandbox, index, start } = await openWorld({ uid, base });
  index.add(...makeWheel('ezj_by_shell', '1.0', 'ANSWER = 1'));
  index.add(...makeWheel('ezj_by_magic', '1.0', 'ANSWER = 2'));
  index.add(...makeWheel('ezj_by_cell', '1.0', 'ANSWER = 3'));
  index.add(...makeWheel('ezj_asked', '1.0', 'ANSWER = 4'));
  await start();
  // In the interpreter that runs already, as in a notebook's first cell.
  const cell = ['%pip install -q ezj-by-magic', '!pip install -q ezj-by-cell', 'import ezj_by_magic, ezj_by_cell'];
  const ran = await sandbox.run(['shell', '--', 'python3', '-m', 'IPython', '-c', cell.join('\n')]);
  // IPython warns of `!pip` as such.
  expect({ ...ran, stderr: ran.stderr.match(/^(?:WARNING|ERROR).*$/gm) }).toMatchObject({ exitCode: 0, stderr: null });
  await pip(sandbox, 'ezj-by-shell');
  const look = 'import ezj_by_shell as a, ezj_by_magic as b, ezj_by_cell as c; print(a.ANSWER, b.ANSWER, c.ANSWER)';
  expect(await inSession(sandbox, ['python3', '-c', look])).toBe('1 2 3');
  // What is installed in a virtual environment of the project's own is in that one.
  expect(await sandbox.run(['shell', '--', 'sh', '-c', inVenv({ ownPip: uid === 1000 })])).toMatchObject({
    exitCode: 0,
  });
  // Nothing of it lies where it would go with the container.
  expect(await runJson(sandbox, ['stop'])).toMatchObject([{ outside: [] }]);
  await start();
  expect(await inSession(sandbox, ['python3', '-c', look])).toBe('1 2 3');
  await runJson(sandbox, ['stop']);
  await write(sandbox, 'requirements.txt', 'ezj-asked\n');
  const { session } = await start();
  expect(session.image).toMatch(/^ezj\/env-project:/);
  expect(await inSession(sandbox, ['python3', '-c', `import ezj_asked; ${look}`])).toBe('1 2 3');
});

/** Installs in a virtual environment and imports there. One without a pip of its own takes a tenth of the time. */
function inVenv({ ownPip }: { ownPip: boolean }): string {
  const [make, pip] = ownPip
    ? ['python3 -m venv venv', 'venv/bin/pip']
    : ['python3 -m venv --without-pip venv', 'pip --python venv/bin/python'];
  return `${make} && ${pip} install -q ezj-asked && venv/bin/python -c "import ezj_asked" && rm -r venv`;
}
