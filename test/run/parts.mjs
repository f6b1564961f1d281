// Runs single parts of the tests, and counts what they prove.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Parts that are commands of package.json. */
export const CHECKS = ['lint', 'types'];
/** Parts that need an engine; each is a project of vitest.config.ts and a folder of test/. */
export const ON_ENGINE = ['daemon', 'engine', 'cli', 'attacks', 'browser', 'package'];
/** All parts, in the order of the table at the end. */
export const PARTS = [...CHECKS, 'unit', ...ON_ENGINE];

/** Runs a command of package.json, which is one test. */
export async function runCheck(name, run) {
  const start = performance.now();
  const exitCode = await spawnAndWait('npm', ['run', '--silent', name], run);
  const message = `\`npm run ${name}\` ended with exit code ${exitCode}: its output is above`;
  return [{ part: name, file: name, title: name, ms: performance.now() - start, passed: exitCode === 0, message }];
}

/** Runs projects of vitest side by side, and gives one result for each test. */
export async function runProjects(names, run, filters = []) {
  const report = path.join(run.scratch, `${names.join('-')}.json`);
  const args = [...names.flatMap((name) => ['--project', name]), ...filters];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const vitest = path.join(run.root, 'node_modules', 'vitest', 'vitest.mjs');
  const exitCode = await spawnAndWait(process.execPath, [vitest, 'run', ...args, ...reporters], run);
  const results = existsSync(report) ? readReport(JSON.parse(await readFile(report, 'utf8')), run) : [];
  // A crash, an unhandled error or a project without a test fails no test, and yet it must not pass.
  const silent = exitCode !== 0 && results.every(({ passed }) => passed);
  const [part] = names;
  const missing = filters.length > 0 ? [] : names.filter((name) => !results.some((result) => result.part === name));
  return [
    ...results,
    ...(silent ? [failure(part, 'vitest', `vitest ended with exit code ${exitCode}: its output is above`)] : []),
    ...missing.map((name) => failure(name, 'vitest', `No test of ${name} has run`)),
  ];
}

/** A result that stands for what went wrong beside the tests. */
export function failure(part, title, message) {
  return { part, file: part, title, ms: 0, passed: false, message };
}

// A test that did not run has proved nothing: skipped and to-do count as failed. So does a file that could not be collected.
function readReport({ testResults }, { root }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = path.relative(path.join(root, 'test'), name).replace(/\.test\.ts$/, '');
    const part = file.split(path.sep)[0];
    const tests = assertionResults.map(({ fullName, status, duration = 0, failureMessages }) => ({
      ...{ part, file, title: fullName, ms: duration, passed: status === 'passed' },
      message: failureMessages.join('\n') || `It is ${status}`,
    }));
    const broken = status === 'failed' && tests.every(({ passed }) => passed);
    return broken ? [...tests, { ...failure(part, 'the file itself', message), file }] : tests;
  });
}

function spawnAndWait(command, args, { root, env }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}
