import { randomBytes } from 'node:crypto';
import http from 'node:http';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { signInRequest } from '../test/environment/rstudio-form.mjs';
import { compare, printComparison, time } from './measure.mjs';

const PORT = 18787;

/** Measures the time from the command to the sign-in: compares `ezj --rstudio -d` to `docker run` of the same image and its form. */
export async function benchRStudio(world, base) {
  const image = await buildStandIn(base);
  const dir = world.project('rstudio');
  await world.run('list');
  const rows = await compare({
    'docker run, and the form': () => startWithDocker(dir, image),
    'ezj --rstudio -d': () => startWithEzj(world, dir, image),
  });
  printComparison('A stand-in for rocker/rstudio, to being signed in', rows, { 'ezj --rstudio -d': 1.15 });
}

async function buildStandIn(base) {
  const tag = 'ezj-bench/stand-in-rstudio';
  const context = path.resolve(import.meta.dirname, '../test/images/stand-in-rstudio');
  const args = { BASE: base, GENERATION: 'current', R_VERSION: '4.4.2', RSTUDIO_VERSION: '2024.12.0+467' };
  const flags = Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
  await time('docker', ['build', '-q', '-t', tag, ...flags, context], {
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
  });
  return tag;
}

async function startWithEzj(world, dir, image) {
  const started = performance.now();
  // It returns after its own sign-in.
  await world.run('-d', '--rstudio', '--image', image, dir);
  const ms = performance.now() - started;
  await world.run('stop', dir);
  return ms;
}

async function startWithDocker(dir, image) {
  const password = randomBytes(24).toString('hex');
  const started = performance.now();
  const env = ['-e', `PASSWORD=${password}`, '-e', 'RUNROOTLESS=true'];
  const flags = ['-d', ...env, '-p', `127.0.0.1:${PORT}:8787`, '-v', `${dir}:/work/rstudio`];
  const { stdout: id } = await time('docker', ['run', ...flags, image]);
  await signIn({ user: 'root', password });
  const ms = performance.now() - started;
  await time('docker', ['rm', '-f', '-v', id]);
  return ms;
}

async function signIn(credentials) {
  for (;;) {
    const key = await ask('/auth-public-key');
    if (key?.status === 200) {
      const answer = await ask('/auth-do-sign-in', signInRequest(key.body, credentials));
      if (answer?.cookies.some((line) => line.startsWith('user-id='))) return;
    }
    await delay(20);
  }
}

/** Undefined if nothing answers, for example while only the engine's proxy listens. */
function ask(path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port: PORT, path, method, headers, agent: false, timeout: 2000 };
    const request = http.request(options, (response) => {
      const { statusCode: status, headers: given } = response;
      text(response).then(
        (said) => resolve({ status, body: said, cookies: given['set-cookie'] ?? [] }),
        () => resolve(undefined),
      );
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
    request.end(body);
  });
}
