import { readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';
import { openClient } from '../client/client.ts';
import { namedEngine } from '../protocol/named-engine.ts';
import { daemonPaths } from '../protocol/paths.ts';
import { ENGINE_SOCKET } from '../setup/host.ts';
import { formatCommand } from '../setup/plan.ts';

/** Set where a command runs again, with the name of the group: it is done once. */
const MARK = 'EZJ_IN_GROUP';

/**
 * Runs this command again where the user has joined the group of the engine's socket since the login, and gives its exit
 * code; undefined where that is not what this process lacks.
 */
export async function runAgainAfterJoining(): Promise<number | undefined> {
  const group = process.env[MARK] ? undefined : joinedGroup(socketOf(process.env));
  if (group === undefined) return undefined;
  // A daemon hands its groups on to nobody: the next one is to have the new group.
  await openClient(daemonPaths()).stopDaemon();
  return runAgainInGroup(group);
}

/**
 * Runs this command again with a group that the user has joined since the login, on the same terminal, and gives its exit
 * code; undefined where the system has no `sg`.
 */
export async function runAgainInGroup(group: string): Promise<number | undefined> {
  const { spawn } = await import('node:child_process');
  const again = formatCommand([process.execPath, ...process.argv.slice(1)]);
  const child = spawn('sg', [group, '-c', inOwnGroup(again)], {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: group },
  });
  // Ctrl-C reaches both, and is for the one that works.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    return await new Promise((resolve) => {
      child.once('error', () => resolve(undefined));
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}

/** `sg` makes its group the first one, and new files would belong to it: the user's own becomes the first one again. */
function inOwnGroup(command: string): string {
  const own = readGroups().find(({ gid }) => gid === process.getgid?.());
  return own ? formatCommand(['sg', own.name, '-c', command]) : command;
}

/** The socket of the engine in use; undefined where that is none whose group is known here. */
function socketOf(env: NodeJS.ProcessEnv): string | undefined {
  if (namedEngine(env) === undefined) return ENGINE_SOCKET;
  return /^unix:\/\/(.+)$/.exec(env.DOCKER_HOST?.trim() ?? '')?.[1];
}

/** The group of a socket, where the system counts this user to it and this process does not have it. */
function joinedGroup(socket: string | undefined): string | undefined {
  try {
    const { gid } = statSync(socket ?? '');
    if (process.getegid?.() === gid || process.getgroups?.().includes(gid)) return undefined;
    const user = os.userInfo().username;
    return readGroups().find((group) => group.gid === gid && group.members.includes(user))?.name;
  } catch {
    // No socket, or a user without a name.
    return undefined;
  }
}

function readGroups(): { name: string; gid: number; members: string[] }[] {
  return readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line) => {
      const [name = '', , gid, members = ''] = line.split(':');
      return { name, gid: Number(gid), members: members.split(',') };
    });
}
