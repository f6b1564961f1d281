import { unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';

/**
 * Listens on a unix socket, or gives false where another daemon does already. A socket file that nobody answers on was
 * left by a daemon that was killed: it is removed only then. The command line starts one daemon at a time (see
 * `startDaemon`), so no second one can come in between.
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
    // From its first moment on the socket is for its owner only.
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
