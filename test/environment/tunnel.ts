import type http from 'node:http';
import net from 'node:net';

/** Hands a call that asks for an upgrade on to the engine, then bytes both ways. */
export function tunnel(options: {
  request: http.IncomingMessage;
  client: net.Socket;
  head: Buffer;
  upstream: string;
}): void {
  const { request, client, head, upstream } = options;
  const engine = net.connect(upstream, () => {
    const headers = request.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
    );
    engine.write(`${[`${request.method} ${request.url} HTTP/1.1`, ...headers].join('\r\n')}\r\n\r\n`);
    engine.write(head);
    client.pipe(engine).pipe(client);
  });
  for (const side of [client, engine]) side.on('error', () => [client, engine].forEach((each) => void each.destroy()));
}
