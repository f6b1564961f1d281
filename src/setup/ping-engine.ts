import { get } from 'node:http';

/** `forbidden`: a socket exists, but this user may not open it. */
export type EngineState = 'answers' | 'forbidden' | 'silent';

/** Pings the engine behind a Unix socket. Never throws. */
export function pingEngine(socketPath: string, { timeoutMs = 2000 } = {}): Promise<EngineState> {
  return new Promise((resolve) => {
    const request = get({ socketPath, path: '/_ping', agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? 'answers' : 'silent');
    });
    request.on('timeout', () => request.destroy());
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EACCES' ? 'forbidden' : 'silent'));
    request.on('close', () => resolve('silent'));
  });
}
