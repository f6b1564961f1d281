// What a run has left behind: on the engine, among the processes, in the folder for temporary files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';

/** Images that stay for the next run, by name: ezj's own, and those that the tests stand on. */
const KEPT = /^(ezj\/(base|python|r|debian):|ezj-test\/(stand-in-[\w-]+|with-compilers|classic-notebook|marimo):)/;

/** The network of all sessions on the engine, which stays until a prune. */
const NETWORK = 'ezj-sessions';

const KINDS = [
  { kind: 'container', path: '/containers/json?all=1', list: (answer) => answer },
  { kind: 'image', path: '/images/json', list: (answer) => answer },
  { kind: 'volume', path: '/volumes', list: ({ Volumes }) => Volumes ?? [] },
  { kind: 'network', path: '/networks', list: (answer) => answer },
];

/** Everything on the engine, by id; empty where there is none. */
export async function listEngine(env) {
  const found = new Map();
  for (const { kind, path, list } of KINDS) {
    for (const entry of list(await ask(path, env))) found.set(entry.Id ?? entry.Name, { kind, entry });
  }
  return found;
}

/**
 * What is on the engine now and was not before. With EZJ_TEST_SHARED_ENGINE, only what carries the run's id:
 * on an engine that others use at the same time, the rest is theirs.
 */
export async function engineLeftovers(before, { id, env }) {
  const after = await listEngine(env);
  const isOurs = (entry) => JSON.stringify(entry).includes(id);
  const isKept = ({ RepoTags, Name }) => Name === NETWORK || (RepoTags ?? []).some((tag) => KEPT.test(tag));
  return [...after]
    .filter(([key, { entry }]) => !before.has(key) && !isKept(entry))
    .map(([key, { kind, entry }]) => ({ kind, key, text: `${kind} ${nameOf(entry) ?? key}`, ours: isOurs(entry) }))
    .filter(({ ours }) => ours || !env.EZJ_TEST_SHARED_ENGINE);
}

function nameOf({ Name, Names, RepoTags }) {
  return Name ?? Names?.[0] ?? RepoTags?.[0];
}

/** Removes what certainly is the run's own. What something else stands on goes in a later round, containers in the first. */
export async function removeLeftovers(found, { env }) {
  const ours = found.filter((each) => each.ours);
  for (let round = 0; round < ours.length + 1; round += 1) {
    const answers = await Promise.all(ours.map(({ kind, key }) => remove(`/${kind}s/${encodeURIComponent(key)}`, env)));
    if (!answers.includes(409)) return;
  }
}

/** Processes of the run that still live: all of them have its id in their environment. Linux tells that. */
export function processLeftovers({ id }) {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(`EZJ_TEST_RUN=${id}\0`))
    .map((pid) => ({
      pid: Number(pid),
      text: `process ${pid}: ${read(`/proc/${pid}/cmdline`).split('\0').join(' ').trim()}`,
    }));
}

/** Ends them, so that they hold nothing of what is to be removed. */
export function endProcesses(found) {
  for (const { pid } of found) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** Files and folders that the run has left among its temporary ones; they go with the folder. */
export function fileLeftovers({ temporary }) {
  return readdirSync(temporary)
    .filter((name) => !BY_TOOLS.test(name))
    .map((name) => ({ text: `${temporary}/${name}` }));
}

/** What Node keeps there as a cache, and Chromium as the lock of its own. */
const BY_TOOLS = /^(node-compile-cache|v8-compile-cache|\.org\.chromium|playwright)/;

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function ask(path, env) {
  return JSON.parse((await call('GET', path, env)).text);
}

async function remove(path, env) {
  return (await call('DELETE', `${path}?force=1&v=1`, env)).status;
}

function call(method, path, { DOCKER_HOST = 'unix:///var/run/docker.sock' }) {
  const socketPath = DOCKER_HOST.replace(/^unix:\/\//, '');
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, method, agent: false }, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() });
    });
    sent.on('error', reject).end();
  });
}
