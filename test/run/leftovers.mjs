// What a run has left behind: on the engine, among the processes, in the folder for temporary files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';

/** Images that stay for the next run, by name: ezj's own, and those that the tests stand on. */
const KEPT = /^(ezj\/(base|python|r|debian):|ezj-test\/(stand-in-\w+|classic-notebook|marimo):)/;

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
 * What is on the engine now and was not before, one line each. With EZJ_TEST_SHARED_ENGINE, only what carries the run's id:
 * on an engine that others use at the same time, the rest is theirs.
 */
export async function engineLeftovers(before, { id, env }) {
  const after = await listEngine(env);
  const isOurs = ({ entry }) => !env.EZJ_TEST_SHARED_ENGINE || JSON.stringify(entry).includes(id);
  const isKept = ({ entry }) => (entry.RepoTags ?? []).some((tag) => KEPT.test(tag));
  return [...after]
    .filter(([key, found]) => !before.has(key) && !isKept(found) && isOurs(found))
    .map(([key, { kind, entry }]) => `${kind} ${nameOf(entry) ?? key}`);
}

function nameOf({ Name, Names, RepoTags }) {
  return Name ?? Names?.[0] ?? RepoTags?.[0];
}

/** Processes of the run that still live, one line each: all of them have its id in their environment. Linux tells that. */
export function processLeftovers({ id }) {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(`EZJ_TEST_RUN=${id}\0`))
    .map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).split('\0').join(' ').trim()}`);
}

/** Files and folders that the run has left among its temporary ones, one line each. */
export function fileLeftovers({ temporary }) {
  return readdirSync(temporary)
    .filter((name) => !BY_TOOLS.test(name))
    .map((name) => `${temporary}/${name}`);
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

function ask(path, { DOCKER_HOST = 'unix:///var/run/docker.sock' }) {
  const socketPath = DOCKER_HOST.replace(/^unix:\/\//, '');
  return new Promise((resolve, reject) => {
    const call = get({ socketPath, path }, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve(JSON.parse(Buffer.concat(chunks).toString()));
    });
    call.on('error', reject);
  });
}
