import { unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';

/**
 * Listens on a unix socket, or returns false if another daemon does. Removes a socket file only if it does not respond,
 * because then its daemon was killed. The command line starts one daemon at a time (see `startDaemon`), so no second
 * daemon can interfere.
 */
export async function listenExclusively(server: Server, socket: string): Promise<boolean> {
  if (await listen(server, socket)) return true;
  if (await isAnswered(socket)) return false;
  await unlink(socket);
  return listen(server, socket);
}

function listen(server: Server, socket: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error));
    server.once('error', failed);
    // The socket must be private from the start.
    const before = process.umask(0o177);
    server.listen(socket, () => {
      server.off('error', failed);
      resolve(true);
    });
    process.umask(before);
  });
}

function isAnswered(socket: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNREFUSED' ? resolve(false) : reject(error),
    );
  });
}
