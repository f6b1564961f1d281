import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { type Trace, traceCalls } from './call-trace.ts';

/** Certificates for an engine behind TLS, as paths of PEM files. */
export interface TlsFiles {
  ca: string;
  cert: string;
  key: string;
  /** Whether the engine's certificate is checked against `ca`. */
  verify: boolean;
}

/** Where an engine's API is, and how a message names it. */
export interface EngineAddress {
  /** `unix:///var/run/docker.sock`, `npipe:////./pipe/docker_engine` or `tcp://127.0.0.1:2375`. */
  host: string;
  /** Where this address was found, for messages: `DOCKER_HOST`, `docker context "colima"`. */
  source: string;
  tls?: TlsFiles;
  /** Hears of each call. */
  trace?: Trace;
}

/** What every engine call needs: the API's client and the address, for messages. */
export interface Connection {
  docker: Docker;
  host: string;
  source: string;
}

/**
 * Makes a client for an address; connects to nothing yet.
 *
 * @throws the file system's error where a certificate cannot be read
 */
export function connectTo({ host, source, tls, trace }: EngineAddress): Connection {
  const socketPath = socketPathOf(host);
  const options =
    socketPath === undefined ? tcpOptions(host, tls) : { ...NOTHING, socketPath, protocol: 'http' as const };
  // A fresh connection a call: the engine closes idle ones whenever it likes, and a reused one then fails with ECONNRESET.
  const agent =
    options.protocol === 'https' ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  if (trace) traceCalls(agent, trace);
  // docker-modem prints the options of each call for a debug log that nobody reads: all open connections hang on the agent, which
  // takes more of the daemon's time than everything else.
  Object.defineProperty(agent, inspect.custom, { value: () => 'agent' });
  // The types know neither `agent` nor `checkServerIdentity`.
  return { docker: new Docker({ ...options, agent } as object), host, source };
}

/** The path of the socket or pipe of an address; undefined for TCP. */
export function socketPathOf(host: string): string | undefined {
  return /^(?:unix|npipe):\/\/(.+)$/.exec(host)?.[1];
}

// docker-modem fills every option that is not named here from DOCKER_HOST and its like, whatever address is asked for.
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

/** Options with a signal, for the calls where dockerode takes one and its types do not say so. */
export function abortable(abortSignal: AbortSignal, options: object = {}): object {
  return { ...options, abortSignal };
}

/** The filter of a list call for what has all these labels; Podman refuses one that is empty. */
export function labelFilters(labels: string[]): { label?: string[] } {
  return labels.length === 0 ? {} : { label: labels };
}

/** One request whose answer is read as a stream, for what dockerode would buffer. */
export interface StreamRequest {
  path: string;
  method?: 'GET' | 'POST';
  query?: Record<string, unknown>;
  abortSignal: AbortSignal;
}

/** Gives the body of an answer as soon as its headers are there. */
export function openAnswer({ docker }: Connection, request: StreamRequest): Promise<NodeJS.ReadableStream> {
  const { path, method = 'GET', query = {}, abortSignal } = request;
  // Podman answers 201 where Docker answers 200.
  const statusCodes = { 200: true, 201: true };
  const options = { path: `${path}?`, method, abortSignal, isStream: true, statusCodes, options: query };
  return new Promise((resolve, reject) => {
    docker.modem.dial(options, (error: unknown, answer: unknown) =>
      error ? reject(error) : resolve(answer as NodeJS.ReadableStream),
    );
  });
}

/** The body of a GET as JSON, for calls that dockerode's types give no signal to. */
export async function readJson<Body>(connection: Connection, path: string, abortSignal: AbortSignal): Promise<Body> {
  return (await json((await openAnswer(connection, { path, abortSignal })) as Readable)) as Body;
}
