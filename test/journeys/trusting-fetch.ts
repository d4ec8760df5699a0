import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';

export interface Shown {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** GET over TLS for a client that trusts the authority of a runtime, as a person's browser was told to. */
export function trustingFetch(stateDirectory: string): (url: string) => Promise<Shown> {
  return (url) =>
    new Promise((resolve, reject) => {
      const ca = readFileSync(join(stateDirectory, 'certificates', 'ca.pem'));
      request(url, { ca }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, body: Buffer.concat(chunks) });
        });
      })
        .on('error', reject)
        .end();
    });
}
