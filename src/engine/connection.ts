import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { readBoundedJson } from '../protocol/bounded-read.ts';
import { boundAnswers, MOST_BYTES } from './bounded-answers.ts';
import { type Trace, traceCalls } from './call-trace.ts';

/** Certificates for an engine behind TLS, as paths of PEM files. */
export interface TlsFiles {
  ca: string;
  cert: string;
  key: string;
  /** Whether the engine's certificate is checked against `ca`. */
  verify: boolean;
}

/** The address of an engine's API, and its name in messages. */
export interface EngineAddress {
  /** `unix:///var/run/docker.sock`, `npipe:////./pipe/docker_engine` or `tcp://127.0.0.1:2375`. */
  host: string;
  /** The origin of this address, for messages: `DOCKER_HOST`, `docker context "colima"`. */
  source: string;
  tls?: TlsFiles;
  /** Gets each call. */
  trace?: Trace;
}

/** What every engine call needs: the API's client and the address, for messages. */
export interface Connection {
  docker: Docker;
  host: string;
  source: string;
}

/**
 * Creates a client for an address. It connects with the first call.
 *
 * @throws the file system's error if a certificate is not readable
 */
export function connectTo({ host, source, tls, trace }: EngineAddress): Connection {
  const socketPath = socketPathOf(host);
  const options =
    socketPath === undefined ? tcpOptions(host, tls) : { ...NOTHING, socketPath, protocol: 'http' as const };
  // A new connection for each call: the engine closes idle ones at any time, and then a reused one fails with ECONNRESET.
  const agent =
    options.protocol === 'https' ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  if (trace) traceCalls(agent, trace);
  // docker-modem prints the options of each call for an unused debug log: all open connections hang on the agent, which
  // takes more of the daemon's time than everything else.
  Object.defineProperty(agent, inspect.custom, { value: () => 'agent' });
  // The types lack `agent` and `checkServerIdentity`.
  const docker = new Docker({ ...options, agent } as object);
  boundAnswers(docker);
  return { docker, host, source };
}

/** The path of the socket or pipe of an address; undefined for TCP. */
export function socketPathOf(host: string): string | undefined {
  return /^(?:unix|npipe):\/\/(.+)$/.exec(host)?.[1];
}

// docker-modem takes every option that is missing here from DOCKER_HOST and similar variables, whatever the address is.
const NOTHING = {
  host: undefined,
  port: undefined,
  socketPath: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
  timeout: undefined,
};

function tcpOptions(host: string, tls: TlsFiles | undefined) {
  const url = new URL(host);
  const protocol = tls ? ('https' as const) : ('http' as const);
  const certificates = tls && {
    ca: readFileSync(tls.ca),
    cert: readFileSync(tls.cert),
    key: readFileSync(tls.key),
    ...(tls.verify ? {} : { checkServerIdentity: () => undefined }),
  };
  const port = url.port || (tls ? '2376' : '2375');
  return { ...NOTHING, protocol, host: `${protocol}://${url.hostname}`, port, ...certificates };
}

/** Options with a signal, for calls where dockerode accepts one but its types do not. */
export function abortable(abortSignal: AbortSignal, options: object = {}): object {
  return { ...options, abortSignal };
}

/** The filter of a list call by labels, all of which must match. Podman rejects an empty filter. */
export function labelFilters(labels: string[]): { label?: string[] } {
  return labels.length === 0 ? {} : { label: labels };
}

/** One request whose answer is a stream, where dockerode would buffer it. */
export interface StreamRequest {
  path: string;
  method?: 'GET' | 'POST';
  query?: Record<string, unknown>;
  abortSignal: AbortSignal;
}

/** Returns the body of an answer as soon as its headers arrive. */
export function openAnswer({ docker }: Connection, request: StreamRequest): Promise<NodeJS.ReadableStream> {
  const { path, method = 'GET', query = {}, abortSignal } = request;
  // Podman answers with 201 instead of Docker's 200.
  const statusCodes = { 200: true, 201: true };
  const options = { path: `${path}?`, method, abortSignal, isStream: true, statusCodes, options: query };
  return new Promise((resolve, reject) => {
    docker.modem.dial(options, (error: unknown, answer: unknown) =>
      error ? reject(error) : resolve(answer as NodeJS.ReadableStream),
    );
  });
}

/** The body of a GET as JSON, for calls to which dockerode's types pass no signal. */
export async function readJson<Body>(connection: Connection, path: string, abortSignal: AbortSignal): Promise<Body> {
  const answer = (await openAnswer(connection, { path, abortSignal })) as Readable;
  const limits = { what: `The engine's answer to ${path}`, bytes: MOST_BYTES, signal: abortSignal };
  return (await readBoundedJson(answer, limits)) as Body;
}
