import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { compare, median, printComparison, time } from './measure.mjs';

/** Measures the time from the command to the first authenticated answer: compares `ezj -d` to `docker run` of the same image with plain `jupyter-lab`. */
export async function benchStart(world, image, { title, bound, plain, devcontainer }) {
  const dir = world.project('start');
  const steps = new Map();
  const competitors = {
    'docker run, plain jupyter-lab': () => startWithDocker(dir, image, plain),
    'ezj -d': () => startWithEzj(world, { dir, image, steps }),
  };
  if (devcontainer) competitors['devcontainer up'] = () => startWithDevcontainer(world, image, devcontainer);
  // The measurement starts with a running daemon.
  await world.run('list');
  printComparison(`${title}, to the first authenticated answer`, await compare(competitors), { 'ezj -d': bound });
  printSteps(steps);
}

async function startWithEzj(world, { dir, image, steps }) {
  const started = performance.now();
  // It returns after its own first answer.
  const { stderr } = await world.run('-d', '--json', '--timings', '--image', image, dir);
  const ms = performance.now() - started;
  await world.run('stop', dir);
  for (const { part, ms } of readTimings(stderr)) steps.set(part, [...(steps.get(part) ?? []), ms]);
  return ms;
}

/** The events of `--timings` among the lines of JSON on stderr. */
function readTimings(stderr) {
  const events = stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  return events.filter(({ type }) => type === 'timing');
}

/** Prints the medians of the parts of a start. Parts can overlap. */
function printSteps(steps) {
  console.log('  The parts of ezj -d:');
  for (const [part, times] of steps) console.log(`    ${part.padEnd(44)} ${median(times).toFixed(0).padStart(6)} ms`);
}

async function startWithDocker(dir, image, { command, mount }) {
  const token = randomBytes(24).toString('hex');
  const started = performance.now();
  const published = ['-p', '127.0.0.1:18888:8888'];
  const { stdout: id } = await time('docker', [
    'run',
    '-d',
    '--init',
    '-e',
    `JUPYTER_TOKEN=${token}`,
    ...published,
    '-v',
    `${dir}:${mount}`,
    '-w',
    mount,
    image,
    ...command,
  ]);
  await answer(18888, token);
  const ms = performance.now() - started;
  await time('docker', ['rm', '-f', '-v', id]);
  return ms;
}

async function startWithDevcontainer(world, image, binary) {
  const dir = world.project('devcontainer');
  const token = randomBytes(24).toString('hex');
  mkdirSync(path.join(dir, '.devcontainer'), { recursive: true });
  writeFileSync(
    path.join(dir, '.devcontainer', 'devcontainer.json'),
    JSON.stringify({
      image,
      overrideCommand: false,
      updateRemoteUserUID: false,
      containerEnv: { JUPYTER_TOKEN: token },
      runArgs: ['-p', '127.0.0.1:18889:8888'],
    }),
  );
  const started = performance.now();
  const { stdout } = await time(process.execPath, [binary, 'up', '--workspace-folder', dir], { env: world.env });
  await answer(18889, token);
  const ms = performance.now() - started;
  await time('docker', ['rm', '-f', '-v', JSON.parse(stdout.split('\n').at(-1)).containerId]);
  return ms;
}

async function answer(port, token) {
  const ask = () =>
    new Promise((resolve) => {
      const options = {
        host: '127.0.0.1',
        port,
        path: '/api/status',
        headers: { authorization: `token ${token}` },
        agent: false,
      };
      http
        .get(options, (response) => {
          response.resume();
          resolve(response.statusCode === 200);
        })
        .on('error', () => resolve(false));
    });
  while (!(await ask())) await delay(20);
}
