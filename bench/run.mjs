// npm run bench [-- commands|start|stop|rstudio|daemon|env|images]: compares ezj to the manual alternatives, as ratios in one run.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { benchCommands } from './commands.mjs';
import { benchDaemon } from './daemon.mjs';
import { benchEnvironment } from './environment.mjs';
import { time } from './measure.mjs';
import { benchRStudio } from './rstudio.mjs';
import { benchStart } from './start.mjs';
import { benchStop } from './stop.mjs';
import { EZJ, openWorld } from './world.mjs';

const parts = process.argv.slice(2);
const wanted = (part) => parts.length === 0 || parts.includes(part);
const PLAIN_JUPYTER = ['jupyter-lab', '--ip', '0.0.0.0', '--no-browser', '--allow-root'];

if (!existsSync(EZJ)) throw new Error('Build first: npm run build');
console.log(`Node ${process.version}, ${cpus().length} processors, ${cpus()[0]?.model}`);

const world = openWorld();
try {
  await world.run('images', 'build', 'base', 'python', 'r');
  const images = JSON.parse((await world.run('images', '--json')).stdout);
  const own = (name) =>
    images
      .filter(({ reference }) => reference.startsWith(`ezj/${name}:`))
      .sort((a, b) => (a.created < b.created ? 1 : -1))[0];
  if (wanted('images')) {
    console.log('\nImages');
    for (const [name, aim] of [['base', 550], ['python', 1350], ['r']]) {
      console.log(
        `  ${own(name).reference.padEnd(30)} ${(own(name).bytes / 1e6).toFixed(0)} MB${aim ? ` (aim: at most ${aim})` : ''}`,
      );
    }
  }
  if (wanted('commands')) await benchCommands(world);
  if (wanted('start')) await benchStarts(own);
  if (wanted('stop'))
    await benchStop(world, { stacks: await buildStandIn(own('base').reference), base: own('base').reference });
  if (wanted('rstudio')) await benchRStudio(world, own('base').reference);
  if (wanted('env')) await benchEnvironment(world, own('base').reference);
  if (wanted('daemon')) await benchDaemon(world, openWorld, own('base').reference);
} finally {
  await world.close();
}

async function benchStarts(own) {
  const tools = mkdtempSync(path.join(tmpdir(), 'ezj-bench-tools-'));
  try {
    const devcontainer = await installDevcontainer(tools);
    const plain = { command: PLAIN_JUPYTER, mount: '/work/start' };
    await benchStart(world, own('python').reference, { title: "ezj's own image", bound: 0.85, plain, devcontainer });
    const stacks = await buildStandIn(own('base').reference);
    await benchStart(world, stacks, {
      title: 'A stand-in for docker-stacks',
      bound: 1.05,
      plain: { command: ['start-notebook.py'], mount: '/work/start' },
    });
  } finally {
    rmSync(tools, { recursive: true, force: true });
  }
}

/** The program of devcontainers/cli; undefined, with a line that says why, if npm cannot install it. */
async function installDevcontainer(tools) {
  try {
    const quick = ['--no-audit', '--no-fund', '--fetch-retries', '0'];
    await time('npm', ['install', '--prefix', tools, ...quick, '@devcontainers/cli@0.89.0']);
    return path.join(tools, 'node_modules/@devcontainers/cli/devcontainer.js');
  } catch (error) {
    const reason = error.message.split('\n').find((line) => line.includes('reason:')) ?? error.message.split('\n')[0];
    console.log(`\nThe row "devcontainer up" is left out, because npm could not install its program: ${reason.trim()}`);
    return undefined;
  }
}

async function buildStandIn(base) {
  const tag = 'ezj-bench/stand-in-docker-stacks';
  const context = path.resolve(import.meta.dirname, '../test/images/stand-in-docker-stacks');
  await time('docker', ['build', '-q', '-t', tag, '--build-arg', `BASE=${base}`, context], {
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
  });
  return tag;
}
