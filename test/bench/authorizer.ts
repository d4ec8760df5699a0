/** The token authorizer with the issuer's keys at hand, against checking nothing but the signature. */
import { createHmac, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { get, globalAgent } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { authorize } from '../../lambdas/authorizer/authorize';
import { oidcVerifier } from '../../lambdas/authorizer/oidc';
import { startOidcIssuer } from '../../scripts/local/aws/oidc-issuer';
import { ensureCertificates } from '../../scripts/local/certificates';
import { median, quantile, round, type Topic } from './measure';

const callsPerRun = 2_000;
const methodArn = 'arn:aws:execute-api:us-east-1:123456789012:abc/v1/GET/documents';
const secret = 'a-shared-secret-of-more-than-32-bytes';

/** Microseconds of each call. */
async function time(call: () => unknown): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < callsPerRun; i++) {
    const start = process.hrtime.bigint();
    await call();
    samples.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  return samples;
}

/** The same claims under a shared secret. */
function hashed(token: string): string {
  const head = Buffer.from(JSON.stringify({ alg: 'HS256' })).toString('base64url');
  const text = `${head}.${token.split('.')[1]}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

function fetchKeys(address: string): Promise<{ keys: [JsonWebKey] }> {
  return new Promise((resolve, reject) => {
    get(address, async (response) => {
      const parts: Buffer[] = [];
      for await (const chunk of response) parts.push(chunk);
      resolve(JSON.parse(Buffer.concat(parts).toString()));
    }).once('error', reject);
  });
}

export const authorizer: Topic = {
  name: 'authorizer',
  async run(runs) {
    const directory = mkdtempSync(path.join(tmpdir(), 'landfall-bench-'));
    const { ca, cert, key } = await ensureCertificates(directory);
    globalAgent.options.ca = ca;
    const issuer = await startOidcIssuer({
      port: 0,
      tls: { cert, key },
      audience: 'bench',
      stateDirectory: directory,
    });
    try {
      const jwksUri = `${issuer.issuer}/.well-known/jwks.json`;
      const check = oidcVerifier({
        issuer: issuer.issuer,
        audience: 'bench',
        audienceClaim: 'aud',
        algorithms: ['RS256'],
        clockSkewSeconds: 0,
        jwksUri,
        sharedSecret: async () => secret,
      });
      const token = issuer.issue({ sub: 'someone', email: 'user@example.com' });
      const ask = (bearer: string) => authorize(check, { authorizationToken: `Bearer ${bearer}`, methodArn });
      const { keys } = await fetchKeys(jwksUri);
      const publicKey = createPublicKey({ key: keys[0], format: 'jwk' });
      const [head, body, signature] = token.split('.') as [string, string, string];
      const bytes = Buffer.from(`${head}.${body}`);
      const bare = () => verify('sha256', bytes, publicKey, Buffer.from(signature, 'base64url'));
      const shared = hashed(token);
      // Keys are fetched here, and everything is compiled.
      await Promise.all([time(() => ask(token)), time(() => ask(shared)), time(bare)]);

      const samples: Record<string, number[]> = { signature: [], RS256: [], HS256: [] };
      for (let run = 0; run < runs; run++) {
        samples.signature?.push(...(await time(bare)));
        samples.RS256?.push(...(await time(() => ask(token))));
        samples.HS256?.push(...(await time(() => ask(shared))));
      }
      const reference = median(samples.signature ?? []);
      return {
        topic: 'authorizer',
        reference: 'node:crypto verifying the RS256 signature of the same token, keys at hand',
        goal: 'none set: the figure to watch is the share that is not the signature',
        rows: Object.entries(samples).map(([what, values]) => ({
          what,
          figures: {
            'p50 us': round(median(values), 0),
            'p99 us': round(quantile(values, 0.99), 0),
            ratio: round(median(values) / reference),
          },
        })),
      };
    } finally {
      delete globalAgent.options.ca;
      globalAgent.destroy();
      await issuer.close();
      rmSync(directory, { recursive: true, force: true });
    }
  },
};
