import { createHash } from 'node:crypto';
import { EzjError } from '../protocol/errors.ts';
import { type Connection, readJson } from './connection.ts';
import { callEngine, callUnlessAbsent } from './engine-call.ts';
import { isPodman } from './engine-info.ts';

/** The option of Docker's bridge networks that lets containers reach each other. */
const BETWEEN = 'com.docker.network.bridge.enable_icc';

/** The fields of a network that ezj reads. */
interface RawNetwork {
  Name: string;
  Driver?: string;
  Options?: Record<string, string> | null;
}

/**
 * Makes sure that a bridge network of this name exists whose containers cannot reach each other.
 * @throws `engine-failed` if the engine cannot make one, or another program's network has the name
 */
export async function ensureSeparatingNetwork(connection: Connection, name: string): Promise<void> {
  if (await isPodman(connection)) throw cannotSeparate('Podman has no such network');
  const before = await isSeparating(connection, name);
  if (before === undefined) await createNetwork(connection, name);
  else if (!before) throw cannotSeparate(`the network ${name} is not ezj's`);
}

/** Undefined if the network does not exist. */
async function isSeparating(connection: Connection, name: string): Promise<boolean | undefined> {
  // A list, because an inspect call fails while two processes create the network.
  const path = `/networks?filters=${encodeURIComponent(JSON.stringify({ name: [name] }))}`;
  const found = await callEngine(connection, { what: `look for the network ${name}` }, (abortSignal) =>
    readJson<RawNetwork[]>(connection, path, abortSignal),
  );
  const named = found.filter(({ Name }) => Name === name);
  if (named.length === 0) return undefined;
  return named.every(({ Driver, Options }) => Driver === 'bridge' && Options?.[BETWEEN] === 'false');
}

async function createNetwork(connection: Connection, name: string): Promise<void> {
  const call = { what: `create the network ${name}` };
  // Docker lets two networks have one name, but not one interface: of two processes, only one makes the network.
  const Options = { [BETWEEN]: 'false', 'com.docker.network.bridge.name': interfaceOf(name) };
  try {
    await callEngine(connection, call, (abortSignal) =>
      connection.docker.createNetwork({
        ...{ Name: name, Driver: 'bridge', CheckDuplicate: true, Options },
        ...{ Labels: { 'ezj.network': 'true' }, abortSignal },
      }),
    );
  } catch (error) {
    if (!(await isSeparating(connection, name))) throw error;
  }
}

/** Linux allows 15 characters. */
function interfaceOf(name: string): string {
  return `ezj-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

function cannotSeparate(why: string): EzjError {
  return new EzjError({ code: 'engine-failed', message: `Could not separate containers on the network: ${why}.` });
}

/** Joins a stopped container to a network of the same name as its own, which was removed and made again. */
export async function rejoinNetwork(connection: Connection, id: string, name: string): Promise<void> {
  const network = connection.docker.getNetwork(name);
  await callEngine(connection, { what: `join ${id} to the network ${name}` }, async (abortSignal) => {
    const options = { Container: id, abortSignal };
    await network.disconnect({ ...options, ...{ Force: true } });
    await network.connect(options);
  });
}

/** Removes a network that no container has, running or not. Does nothing if it does not exist. */
export async function removeUnusedNetwork(connection: Connection, name: string): Promise<void> {
  const users = await callEngine(connection, { what: `list the containers of ${name}` }, (abortSignal) =>
    connection.docker.listContainers({ all: true, filters: JSON.stringify({ network: [name] }), abortSignal }),
  );
  if (users.length > 0) return;
  const call = { what: `remove the network ${name}`, absent: [403, 404, 409] };
  await callUnlessAbsent(connection, call, (abortSignal) => connection.docker.getNetwork(name).remove({ abortSignal }));
}
