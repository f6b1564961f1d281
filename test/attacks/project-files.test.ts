import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { startGatedEngine } from '../cli/gated-engine.ts';
import { inSession, runFailing, runJson } from '../cli/notebooks.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';

// What a session could write is written here without one: the files are the same.

let sandbox: Sandbox;
/** A folder of the machine that no session may see, with the same names as one of the project. */
let secrets: string;

beforeEach(async () => {
  sandbox = await createSandbox();
  onTestFinished(sandbox.cleanup);
  secrets = path.join(sandbox.home, 'secrets');
  write(secrets, { 'data/a.csv': 'SECRET', 'data/b.csv': 'SECRET' });
});

function write(folder: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}

/** A project whose Dockerfile copies a folder. */
function writeProject(): void {
  const dockerfile = `FROM ${NOTEBOOK_IMAGE}\nENV MARKER=${sandbox.owner}\nCOPY data/a.csv data/b.csv /opt/data/\n`;
  write(sandbox.project, { 'binder/Dockerfile': dockerfile, 'data/a.csv': 'mine', 'data/b.csv': 'mine' });
}

const at = (name: string) => path.join(sandbox.project, name);
const START = ['-d', '--yes'];

test('a folder that becomes a link between the hashing and the sending of a build brings nothing of the machine into it', async () => {
  writeProject();
  symlinkSync(path.join(secrets, 'data'), at('link'));
  const engine = await startGatedEngine();
  onTestFinished(engine.stop);
  sandbox.env.DOCKER_HOST = engine.url;
  // The name of the image has the hash of the files in it. They are sent only if the engine does not have the image.
  const asked = engine.hold('GET', /^\/images\/ezj\/env-[^/]*\/json$/);
  const starting = runFailing(sandbox, START);
  await asked.reached;
  renameSync(at('data'), at('data-before'));
  renameSync(at('link'), at('data'));
  asked.letGo();
  expect(await starting).toMatchObject({
    code: 'build-failed',
    message: expect.stringMatching(/^data\/a\.csv changed while it was sent to the engine: it is a link/),
    hint: expect.stringContaining('Run the command again'),
  });
  renameSync(at('data'), at('link'));
  renameSync(at('data-before'), at('data'));
  await runJson(sandbox, START);
  expect(await inSession(sandbox, ['cat', '/opt/data/a.csv', '/opt/data/b.csv'])).toBe('minemine');
});

test('a file of the project that is a link out of it, or too big, is refused and not read', async () => {
  symlinkSync(path.join(secrets, 'data/a.csv'), at('requirements.txt'));
  const linked = await runFailing(sandbox, ['env']);
  expect(linked).toMatchObject({
    code: 'environment-invalid',
    message: expect.stringContaining('leads out of the folder'),
  });
  expect(JSON.stringify(linked)).not.toContain('SECRET');
  write(sandbox.project, { 'environment.yml': `dependencies:\n${'  - numpy\n'.repeat(1_560_000)}` });
  renameSync(at('requirements.txt'), at('link'));
  expect(await runFailing(sandbox, ['env'])).toMatchObject({
    message: expect.stringMatching(/^environment\.yml: it has 15600014 bytes; the limit is 1048576$/),
  });
});

test('while a file keeps its parser busy, other calls are answered, and then an error names the file', async () => {
  // Each key is compared with all before it.
  const keys = Array.from({ length: 90_000 }, (_, i) => `k${i}: 1\n`).join('');
  write(sandbox.project, { 'environment.yml': keys });
  await runJson(sandbox, ['list']);
  const parsing = { isDone: false };
  const failing = runFailing(sandbox, ['env']).finally(() => {
    parsing.isDone = true;
  });
  let answered = 0;
  while (!parsing.isDone) {
    await runJson(sandbox, ['list']);
    answered += 1;
  }
  expect(await failing).toMatchObject({
    code: 'environment-invalid',
    message: 'environment.yml: reading it takes more than 10 seconds',
  });
  expect(answered).toBeGreaterThan(2);
  expect(existsSync(sandbox.socket)).toBe(true);
});
