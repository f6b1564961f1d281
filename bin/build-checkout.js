// Installs the packages of a checkout and builds it, once for all concurrent callers. Plain JS, because nothing is installed yet.
const { spawn } = require('node:child_process');
const { existsSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');
const { bundle, isBuilt } = require('./checkout.js');

const root = path.dirname(__dirname);
// npm writes this file last, so it marks a finished installation.
const installed = path.join(root, 'node_modules', '.package-lock.json');
const lock = path.join(root, '.build-lock');

const BEAT_MS = 1000;
const STALE_MS = 10_000;
const POLL_MS = 200;

/** Updates node_modules and dist/ to the checkout; with `rebuild`, always dist/. Prints the tool's output and rejects with one line if it fails. */
async function buildCheckout({ rebuild = false } = {}) {
  const unlock = await acquireLock();
  try {
    const needsPackages = !packagesAreInstalled();
    if (!needsPackages && !rebuild && isBuilt()) return;
    if (needsPackages) {
      say('installing the packages of this checkout (once, some 20 s)');
      // If npm is killed, it would leave the old file with half of the packages.
      rmSync(installed, { force: true });
      await runNpm(['ci', '--include=dev', '--no-audit', '--no-fund']);
    }
    say(existsSync(bundle) && !rebuild ? 'rebuilding dist/: the checkout is at another commit' : 'building dist/');
    await runNpm(['run', 'build']);
    if (!existsSync(bundle)) throw new Error('`npm run build` succeeded but made no dist/ezj.cjs');
  } finally {
    unlock();
  }
}

function packagesAreInstalled() {
  try {
    return statSync(installed).mtimeMs >= statSync(path.join(root, 'package-lock.json')).mtimeMs;
  } catch {
    return false;
  }
}

// A lock is a file that its holder touches, and a killed holder stops. A process ID would mean nothing in another container.
async function acquireLock() {
  const token = `${process.pid}-${Date.now()}-${Math.random()}`;
  let waiting = false;
  while (!tryLock(token)) {
    if (!waiting) say('another ezj is building this checkout: waiting for it');
    waiting = true;
    breakStaleLock();
    await delay(POLL_MS);
  }
  const beat = setInterval(() => touch(lock), BEAT_MS);
  return () => {
    clearInterval(beat);
    if (read(lock) === token) rmSync(lock, { force: true });
  };
}

function tryLock(token) {
  try {
    writeFileSync(lock, token, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new Error(`this checkout needs a build first, but ${root} is not writable: ${error.message}`);
  }
}

function breakStaleLock() {
  const token = read(lock);
  try {
    if (Date.now() - statSync(lock).mtimeMs < STALE_MS) return;
    const aside = `${lock}-${process.pid}`;
    renameSync(lock, aside);
    // Another process may have broken the lock and hold it now.
    if (read(aside) === token) rmSync(aside);
    else renameSync(aside, lock);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function touch(file) {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // Another process broke the lock while this machine slept. Both builds end in a complete dist/.
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function runNpm(args) {
  return new Promise((resolve, reject) => {
    const windows = process.platform === 'win32';
    const child = spawn(windows ? 'npm.cmd' : 'npm', args, {
      cwd: root,
      shell: windows,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => reject(new Error(`npm cannot be run: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new Error(`\`npm ${args.join(' ')}\` failed in ${root}: ${signal ?? `exit code ${code}`}`));
    });
  });
}

function say(text) {
  process.stderr.write(`ezj: ${text}\n`);
}

module.exports = { buildCheckout, packagesAreInstalled };
