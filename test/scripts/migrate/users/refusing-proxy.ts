/** Stands between the command and the AWS endpoint, and refuses calls the way Cognito does when it is too much. */
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RefusingProxy {
  readonly url: string;
  /** Operations that arrived, with the milliseconds at which they did. */
  readonly calls: { readonly operation: string; readonly at: number }[];
  /** What to answer instead of passing the call on; `drop` breaks the connection after the call was carried out. */
  refuse: (operation: string) => { readonly status: number; readonly type: string } | 'drop' | undefined;
  close(): Promise<void>;
}

export async function startRefusingProxy(target: string): Promise<RefusingProxy> {
  const { port } = new URL(target);
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    proxy.calls.push({ operation, at: performance.now() });
    const refusal = proxy.refuse(operation);
    if (refusal !== undefined && refusal !== 'drop') {
      request.resume();
      const body = JSON.stringify({ __type: refusal.type, message: `refused as ${refusal.type}` });
      response.writeHead(refusal.status, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
      return;
    }
    forward(request, response, Number(port), refusal === 'drop');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: RefusingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    refuse: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}

function forward(request: IncomingMessage, response: ServerResponse, port: number, drop: boolean): void {
  const { method, url, headers } = request;
  const passed = send({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    if (drop) {
      answer.resume();
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  request.pipe(passed);
}
