import net from 'node:net';
import type { PublishedPort } from '../../../src/engine/engine.ts';

/** Where connections to a port of a container end. */
export type Listener = (socket: net.Socket) => void;

/** Ports of this machine on which connections are passed into a container. */
export interface Published {
  ports: Record<number, { address: string; port: number }>;
  close(): void;
}

/** Opens the ports, really: a stranger can have them, and a browser can use them. All, or none where one fails. */
export async function publish(
  wanted: PublishedPort[],
  listenerOf: (containerPort: number) => Listener | undefined,
): Promise<Published> {
  const servers: net.Server[] = [];
  const sockets = new Set<net.Socket>();
  const ports: Published['ports'] = {};
  const close = () => {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  };
  try {
    for (const { containerPort, address, port } of wanted) {
      const server = net.createServer((socket) => {
        sockets.add(socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket)));
        const listener = listenerOf(containerPort);
        // As the engine's own proxy does where nobody listens in the container.
        if (listener) listener(socket);
        else socket.destroy();
      });
      await listen(server, { host: address, port });
      servers.push(server);
      ports[containerPort] = { address, port: (server.address() as net.AddressInfo).port };
    }
  } catch (error) {
    close();
    throw error;
  }
  return { ports, close };
}

function listen(server: net.Server, where: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen({ ...where, exclusive: true }, () => resolve());
  });
}
