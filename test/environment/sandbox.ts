import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { daemonPaths } from '../../src/protocol/paths.ts';
import { EZJ, engineSocket, ROOT } from './engine.ts';
import { removeLabelled } from './resources.ts';
import { uniqueName } from './run-id.ts';

const GRACE_MS = 5000;

/** How one run of the command line differs from the sandbox's own. */
export interface RunOptions {
  /** Another user than the sandbox's. */
  uid?: number;
  /** The project folder by default. */
  cwd?: string;
  /** On top of the sandbox's environment; `undefined` takes a variable away. */
  env?: NodeJS.ProcessEnv;
  /** What stdin holds; without it stdin is empty. */
  input?: string;
  /** The interpreter, this process's own by default. */
  node?: string;
}

/** How a run ended. */
export interface RunResult {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A run that goes on: an attached session, say. */
export interface Running {
  child: ChildProcess;
  pid: number;
  /** Resolves with the first match on stdout or stderr; rejects where the process ends without one. */
  waitFor: (pattern: RegExp) => Promise<RegExpMatchArray>;
  ended: Promise<RunResult>;
}

/** A user's world of its own: home, state, settings, project folder, owner label. */
export interface Sandbox {
  home: string;
  project: string;
  stateDir: string;
  /** The daemon's socket and log; another environment than the sandbox's has others. */
  socket: string;
  log: string;
  /** What everything of this sandbox on the engine is labelled with, as `ezj.owner`. */
  owner: string;
  env: NodeJS.ProcessEnv;
  run: (args: string[], options?: RunOptions) => Promise<RunResult>;
  start: (args: string[], options?: RunOptions) => Running;
  /**
   * Ends every run and the daemon, and removes what is labelled with the owner; then the folders. Works once, so that
   * `onTestFinished(sandbox.cleanup)` can stand right after the sandbox is made: a failed assertion must not leave a daemon.
   */
  cleanup: () => Promise<void>;
  /**
   * Makes it as it was, for the next test: no run, nothing on the engine, empty folders, the first settings and environment.
   * Its daemon goes on, whose start takes longer than most of what a test asks of it.
   */
  reset: () => Promise<void>;
}

/** Makes a sandbox; `uid` makes an ordinary user of it, who may use the engine through the group of its socket. */
export async function createSandbox({ uid }: { uid?: number } = {}): Promise<Sandbox> {
  // Short: a socket goes below it.
  const folder = await mkdtemp(path.join(tmpdir(), 'ezj-'));
  const owner = `test-${uniqueName()}`;
  const [home, project, stateDir] = ['home', 'project', 'state'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  await Promise.all([home, project, stateDir].map((each) => mkdir(each, { mode: 0o700 })));
  const cli = uid === undefined ? EZJ : await copyForOthers(folder);
  if (uid !== undefined) await Promise.all([folder, home, project, stateDir].map((each) => chown(each, uid, uid)));
  await writeSettings(home, uid);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: home,
    EZJ_STATE_DIR: stateDir,
    EZJ_CONFIG_DIR: path.join(home, 'config'),
    EZJ_OWNER: owner,
  };
  const firstEnv = { ...env };
  const running = new Set<Running>();

  function start(args: string[], options: RunOptions = {}): Running {
    const run = startCli({ cli, args, uid, cwd: project, ...options, env: { ...env, ...options.env } });
    running.add(run);
    run.ended.then(
      () => running.delete(run),
      () => running.delete(run),
    );
    return run;
  }

  let cleaning: Promise<void> | undefined;
  async function cleanOnce(): Promise<void> {
    // A daemon closes at SIGTERM as it does at `ezj daemon stop`, which would be one more process for each sandbox.
    const pids = [...[...running].map(({ pid }) => pid), ...findDaemons(stateDir)];
    await Promise.all(pids.map(endProcess));
    await removeLabelled(`ezj.owner=${owner}`);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async function reset(): Promise<void> {
    await Promise.all([...running].map(({ pid }) => endProcess(pid)));
    await removeLabelled(`ezj.owner=${owner}`);
    await Promise.all([home, project].map(empty));
    await writeSettings(home, uid);
    for (const name of Object.keys(env)) delete env[name];
    Object.assign(env, firstEnv);
  }

  const cleanup = () => {
    cleaning ??= cleanOnce();
    return cleaning;
  };
  const { socket, log } = daemonPaths(env);
  const run = (args: string[], options?: RunOptions) => start(args, options).ended;
  return { home, project, stateDir, socket, log, owner, env, run, start, cleanup, reset };
}

/** Each worker its own ports: another one's session must not have the port that a project had a moment ago. */
async function writeSettings(home: string, uid: number | undefined): Promise<void> {
  const folder = path.join(home, 'config');
  const file = path.join(folder, 'config.json');
  await mkdir(folder, { mode: 0o700 });
  await writeFile(file, JSON.stringify({ ports: portsOfWorker() }), { mode: 0o600 });
  if (uid !== undefined) for (const each of [folder, file]) await chown(each, uid, uid);
}

async function empty(folder: string): Promise<void> {
  const entries = await readdir(folder);
  await Promise.all(
    entries.map((name) => rm(path.join(folder, name), { recursive: true, force: true, maxRetries: 5 })),
  );
}

/** A range that no other worker of this run has. */
export function portsOfWorker(): string {
  const first = 8900 + (Number(process.env.VITEST_POOL_ID ?? 1) - 1) * 250;
  return `${first}-${first + 249}`;
}

// The checkout may lie below /root, where no other user can look.
async function copyForOthers(folder: string): Promise<string> {
  const app = path.join(folder, 'app');
  for (const name of ['dist', 'images', 'package.json']) {
    await cp(path.join(ROOT, name), path.join(app, name), { recursive: true });
  }
  await chmod(folder, 0o755);
  return path.join(app, 'dist', 'ezj.cjs');
}

function startCli(options: RunOptions & { cli: string; args: string[]; env: NodeJS.ProcessEnv }): Running {
  const { cli, args, uid, cwd, env, input = '', node = process.execPath } = options;
  const [command = node, ...rest] = [...asUser(uid), node, cli, ...args];
  const child = spawn(command, rest, { cwd, env, stdio: 'pipe' });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  child.stdin.on('error', () => {
    // The process ended without reading it.
  });
  child.stdin.end(input);
  const ended = new Promise<RunResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, ...output }));
  });
  // Whoever awaits it still gets the error.
  ended.catch(() => undefined);
  return { child, pid: child.pid ?? -1, waitFor: (pattern) => waitFor({ child, output, pattern }), ended };
}

function asUser(uid: number | undefined): string[] {
  if (uid === undefined || uid === process.getuid?.()) return [];
  const { gid } = statSync(engineSocket());
  return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, `--groups=${uid},${gid}`];
}

interface Output {
  stdout: string;
  stderr: string;
}

function waitFor({
  child,
  output,
  pattern,
}: {
  child: ChildProcess;
  output: Output;
  pattern: RegExp;
}): Promise<RegExpMatchArray> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const match = output.stdout.match(pattern) ?? output.stderr.match(pattern);
      if (match === null) return;
      resolve(match);
      for (const stream of [child.stdout, child.stderr]) stream?.off('data', look);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', look);
    child.on('close', () => reject(new Error(`It ended without ${pattern}:\n${output.stdout}\n${output.stderr}`)));
    look();
  });
}

/** The pids of the daemons that serve a state folder, as their logs tell and the system confirms. */
function findDaemons(stateDir: string): number[] {
  const logs = readdirSync(stateDir).filter((name) => name.endsWith('.log'));
  const text = logs.map((name) => readFileSync(path.join(stateDir, name), 'utf8')).join('\n');
  const pids = [...text.matchAll(/\bpid (\d+)/g)].map(([, pid]) => Number(pid));
  return [...new Set(pids)].filter((pid) => readEnvironment(pid).includes(`EZJ_STATE_DIR=${stateDir}\0`));
}

function readEnvironment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

async function endProcess(pid: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!sendSignal(pid, signal)) return;
    const end = Date.now() + GRACE_MS;
    while (sendSignal(pid, 0) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
