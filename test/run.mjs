// `npm test`: brings a bare Debian machine with Node to where the tests can run, runs them, and counts.
//
//   node test/run.mjs               everything
//   node test/run.mjs unit cli      these parts: lint types unit daemon engine cli browser package
//
// Nothing but Node's own modules is imported here: node_modules may be missing. The last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareMachine } from './environment/machine.mjs';

const { buildCheckout } = createRequire(import.meta.url)('../bin/build-checkout.js');

const root = path.dirname(import.meta.dirname);
const CHECKS = ['lint', 'types'];
const PROJECTS = ['unit', 'daemon', 'engine', 'cli', 'browser', 'package'];
const ON_ENGINE = ['daemon', 'engine', 'cli', 'browser', 'package'];

process.chdir(root);
const parts = chooseParts(process.argv.slice(2));
const total = { passed: 0, failed: 0 };
// Short, because a socket goes below it and its path may have some 100 bytes.
const scratch = await mkdtemp(path.join(tmpdir(), 'ezj-test-'));
// The user's own daemon and settings have no part in this.
const env = {
  ...process.env,
  EZJ_STATE_DIR: path.join(scratch, 'state'),
  EZJ_CONFIG_DIR: path.join(scratch, 'config'),
};

let prepared = await attempt(() => timed('build', () => buildCheckout({ rebuild: true })));
if (prepared && parts.some((part) => ON_ENGINE.includes(part))) {
  prepared = await attempt(() => timed('machine', () => prepareMachine({ root, env })));
}
for (const part of parts) {
  // What needs no machine still tells what it can.
  if (!prepared && ON_ENGINE.includes(part)) continue;
  count(await timed(part, () => (CHECKS.includes(part) ? runCheck(part) : runProject(part))));
}
await rm(scratch, { recursive: true, force: true });
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    console.error(`\n${error.message}`);
    total.failed += 1;
    return false;
  }
}

function chooseParts(names) {
  const all = [...CHECKS, ...PROJECTS];
  const unknown = names.find((name) => !all.includes(name));
  if (unknown === undefined) return names.length === 0 ? all : all.filter((name) => names.includes(name));
  console.error(`There is no part ${unknown}; there are ${all.join(', ')}\n\n0 passed, 1 failed`);
  process.exit(1);
}

async function timed(title, work) {
  console.log(`\n── ${title}`);
  const start = performance.now();
  const result = await work();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`── ${title}: ${result ? `${result.passed} passed, ${result.failed} failed, ` : ''}${seconds} s`);
  return result;
}

function count({ passed, failed }) {
  total.passed += passed;
  total.failed += failed;
}

async function runCheck(script) {
  const ended = await run('npm', ['run', '--silent', script]);
  return ended === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function runProject(project) {
  const report = path.join(scratch, `${project}.json`);
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const exitCode = await run(process.execPath, ['node_modules/vitest/vitest.mjs', ...args]);
  const result = existsSync(report) ? tally(JSON.parse(await readFile(report, 'utf8'))) : { passed: 0, failed: 0 };
  // A crash, an unhandled error or a project without a test fails no test, and yet it must not pass.
  const silent = result.failed === 0 && (exitCode !== 0 || result.passed === 0);
  return silent ? { ...result, failed: 1 } : result;
}

// A test that did not run has proved nothing: skipped and to-do count as failed. So does a file that could not be collected.
function tally({ numPassedTests, numTotalTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numTotalTests - numPassedTests + broken.length };
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}
