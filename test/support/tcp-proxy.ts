import net from 'node:net';

/** Stands between a client and a server and counts how often the direction of the traffic turns. */
export interface TcpProxy {
  readonly port: number;
  /** Times the client spoke after the server had answered: network round trips. */
  turns(): number;
  /** Drops all connections as a crashed host would: without a word to the server's client. */
  cut(): void;
  /** Drops all connections, and every new one at once, until it is told to `recover`. */
  fail(): void;
  recover(): void;
  close(): Promise<void>;
}

/** @param delayMs added in each direction, for a network that takes its time */
export async function startTcpProxy(targetPort: number, { delayMs = 0 } = {}): Promise<TcpProxy> {
  let turns = 0;
  let speaker: 'client' | 'server' = 'server';
  const sockets = new Set<net.Socket>();
  let failing = false;
  const server = net.createServer((client) => {
    if (failing) {
      client.destroy();
      return;
    }
    const upstream = net.connect(targetPort, '127.0.0.1');
    for (const [socket, other, name] of [
      [client, upstream, 'client'],
      [upstream, client, 'server'],
    ] as const) {
      sockets.add(socket);
      socket.on('data', (chunk) => {
        if (name === 'client' && speaker === 'server') turns += 1;
        speaker = name;
        if (delayMs === 0) other.write(chunk);
        else setTimeout(() => other.write(chunk), delayMs);
      });
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as net.AddressInfo).port,
    turns: () => turns,
    cut,
    fail: () => {
      failing = true;
      cut();
    },
    recover: () => {
      failing = false;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
