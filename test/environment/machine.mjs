// What the tests need on the machine: Debian packages, an engine, other versions of Node. Only what is missing is added.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { get } from 'node:http';
import path from 'node:path';

const NODE_VERSIONS = ['22', '24'];

/** A command or file that tests use, and the Debian package that brings it. */
const PACKAGES = [
  { name: 'chromium', file: '/usr/bin/chromium' },
  { name: 'fonts-dejavu-core', file: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' },
  { name: 'docker-registry', file: '/usr/bin/docker-registry' },
  { name: 'apache2-utils', file: '/usr/bin/htpasswd' },
  { name: 'tmux', file: '/usr/bin/tmux' },
  { name: 'util-linux', file: '/usr/bin/setpriv' },
  { name: 'mmdebstrap', file: '/usr/bin/mmdebstrap' },
  { name: 'uidmap', file: '/usr/bin/newuidmap' },
  { name: 'busybox-static', file: '/bin/busybox' },
  { name: 'git', file: '/usr/bin/git' },
];

/** Throws one line, after the output of the command that failed. */
export async function prepareMachine({ root, env }) {
  await installPackages(env);
  await installEngine({ root, env });
  await installNodeVersions({ root, env });
}

async function installPackages(env) {
  const missing = PACKAGES.filter(({ file }) => !existsSync(file)).map(({ name }) => name);
  if (missing.length === 0) return;
  if (!canExecute('/usr/bin/apt-get')) {
    throw new Error(
      `Install what Debian calls ${missing.join(', ')}; these tests can do that by themselves on Debian only`,
    );
  }
  console.log(`Installing ${missing.join(', ')}`);
  const asRoot = process.getuid() === 0 ? [] : ['sudo'];
  const apt = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=300'];
  await run([...apt, 'update'], { env });
  await run([...apt, 'install', '--yes', '--no-install-recommends', ...missing], { env });
}

// The product's own way, so that every run of the tests on a new machine is a test of it.
async function installEngine({ root, env }) {
  if (await engineAnswers(env)) return;
  console.log('Installing and starting an engine: ezj setup --yes');
  await run([process.execPath, path.join(root, 'dist', 'ezj.cjs'), 'setup', '--yes'], { env });
  if (!(await engineAnswers(env))) throw new Error('`ezj setup --yes` ended well, and no engine answers this user');
}

function engineAnswers({ DOCKER_HOST = 'unix:///var/run/docker.sock' }) {
  const socketPath = DOCKER_HOST.replace(/^unix:\/\//, '');
  return new Promise((resolve) => {
    const request = get({ socketPath, path: '/_ping', timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

// npm has the interpreters as packages: the built command line runs on each.
async function installNodeVersions({ root, env }) {
  const folder = path.join(root, 'node_modules', '.cache', 'node-versions');
  const missing = NODE_VERSIONS.filter(
    (version) => !existsSync(path.join(folder, 'node_modules', `node-${version}`, 'bin', 'node')),
  );
  if (missing.length === 0) return;
  console.log(`Fetching Node ${missing.join(', ')}`);
  await mkdir(folder, { recursive: true });
  const build = `node-${process.platform}-${process.arch}`;
  const packages = NODE_VERSIONS.map((version) => `node-${version}@npm:${build}@${version}`);
  await run(['npm', 'install', '--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts', ...packages], {
    env,
  });
}

function run([command, ...args], { env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new Error(`${[command, ...args].join(' ')} failed: exit code ${code}`));
    });
  });
}

function canExecute(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
