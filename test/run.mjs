// `npm test`: brings a bare Debian machine with Node to where the tests can run, runs them, and counts.
//
//   node test/run.mjs                    everything
//   node test/run.mjs unit cli           these parts: lint types unit daemon engine cli attacks browser package
//   node test/run.mjs --changed [BASE]   what the change since a commit touches, by default since the branch left its upstream
//
// Nothing but Node's own modules is imported here: node_modules may be missing. The last line is `N passed, N failed`.
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareMachine } from './environment/machine.mjs';
import { baseOfChange, changedFiles, touchedTests } from './run/changed.mjs';
import {
  endProcesses,
  engineLeftovers,
  fileLeftovers,
  listEngine,
  processLeftovers,
  removeLeftovers,
} from './run/leftovers.mjs';
import { CHECKS, failure, ON_ENGINE, PARTS, runCheck, runProjects } from './run/parts.mjs';
import { describeRun } from './run/report.mjs';

const { buildCheckout } = createRequire(import.meta.url)('../bin/build-checkout.js');

const root = path.dirname(import.meta.dirname);
const { parts, base } = readArguments(process.argv.slice(2));
const files = base === undefined ? undefined : changedFiles(root, base);
const onEngine = parts.filter((part) => ON_ENGINE.includes(part));
const run = await openRun();
const results = [];
const times = [];

// Vitest hears it too and ends; what it has left is told and removed.
process.on('SIGINT', () => {});

if (await attempt('build', () => buildCheckout({ rebuild: true }))) {
  // The checks keep a processor busy, and the machine is mostly waited for.
  const [ready] = await Promise.all([onEngine.length === 0 ? false : prepareEngine(), runWithoutEngine()]);
  if (ready) await runOnEngine(ready);
}
await rm(run.scratch, { recursive: true, force: true });
console.log(describeRun({ results, times }).join('\n'));
process.exitCode = results.length > 0 && results.every(({ passed }) => passed) ? 0 : 1;

function readArguments([first, ...rest]) {
  if (first === '--changed') return { parts: PARTS, base: rest[0] ?? baseOfChange(root) };
  const names = first === undefined ? [] : [first, ...rest];
  const unknown = names.find((name) => !PARTS.includes(name));
  if (unknown === undefined) return { parts: PARTS.filter((part) => names.length === 0 || names.includes(part)) };
  console.error(`There is no part ${unknown}; there are ${PARTS.join(', ')}\n\n0 passed, 1 failed`);
  process.exit(1);
}

async function openRun() {
  // Short, because a socket goes below it and its path may have some 100 bytes.
  const scratch = await mkdtemp(path.join(tmpdir(), 'ezj-t-'));
  const temporary = path.join(scratch, 't');
  await mkdir(temporary);
  // Other users' tests are below it.
  await Promise.all([scratch, temporary].map((folder) => chmod(folder, 0o711)));
  await chmod(temporary, 0o1777);
  const id = randomBytes(4).toString('hex');
  const env = {
    ...process.env,
    TMPDIR: temporary,
    EZJ_TEST_RUN: id,
    EZJ_TEST_PREPARED: path.join(scratch, 'prepared'),
    // The user's own daemon and settings have no part in this.
    EZJ_STATE_DIR: path.join(scratch, 'state'),
    EZJ_CONFIG_DIR: path.join(scratch, 'config'),
  };
  return { id, root, scratch, temporary, env };
}

/** Runs work of one name, and keeps how long it took; an error is a failure, and gives nothing. */
async function attempt(title, work) {
  console.log(`── ${title}`);
  const start = performance.now();
  try {
    return (await work()) ?? true;
  } catch (error) {
    results.push(failure(title, title, error.message));
    return undefined;
  } finally {
    times.push({ title, ms: performance.now() - start });
  }
}

/** Brings the machine to where the tests can run, with the images that they start from. Gives what was on the engine before. */
async function prepareEngine() {
  // An engine that is started here outlives the run: it gets neither the run's id nor its folder for temporary files.
  const { EZJ_STATE_DIR, EZJ_CONFIG_DIR } = run.env;
  const env = { ...process.env, EZJ_STATE_DIR, EZJ_CONFIG_DIR };
  if (!(await attempt('machine', () => prepareMachine({ root, env })))) return undefined;
  const before = await listEngine(run.env);
  const count = await attempt('images', () => runProjects(['prepared'], run));
  if (!count) return undefined;
  results.push(...count);
  return count.every(({ passed }) => passed) ? before : undefined;
}

async function runWithoutEngine() {
  for (const part of parts.filter((each) => CHECKS.includes(each))) await note(part, () => runCheck(part, run));
  if (!parts.includes('unit')) return;
  await note('unit', () => runProjects(['unit'], run, base === undefined ? [] : ['--changed', base]));
}

async function runOnEngine(before) {
  await note('tests on the engine', () => runProjects(onEngine, run, files && touchedTests(files)));
  const processes = processLeftovers(run);
  const made = await engineLeftovers(before, run);
  for (const { text } of [...processes, ...made, ...fileLeftovers(run)]) {
    results.push(failure('leftovers', text, 'The run has left it behind'));
  }
  endProcesses(processes);
  await removeLeftovers(made, run);
}

async function note(title, work) {
  const found = await attempt(title, work);
  if (found) results.push(...found);
}
