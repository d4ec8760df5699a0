import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { JwtRsaVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { type OidcIssuer, startOidcIssuer } from '../../../../scripts/local/aws/oidc-issuer';
import { type Certificates, ensureCertificates } from '../../../../scripts/local/certificates';

let directory: string;
let certificates: Certificates;
let issuer: OidcIssuer;
const audience = 'landfall-local';

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-oidc-'));
  certificates = await ensureCertificates(path.join(directory, 'certificates'));
  issuer = await start();
});
afterAll(async () => {
  await issuer.close();
  await rm(directory, { recursive: true, force: true });
});

const start = () => startOidcIssuer({ port: 0, tls: certificates, audience, stateDirectory: directory });

/** Verifies TLS by the local authority, as the functions do. */
const fetchDocument = (url: string) =>
  new Promise<Buffer>((resolve, reject) => {
    get(url, { ca: certificates.ca }, async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      if (response.statusCode === 200) resolve(Buffer.concat(parts));
      else reject(new Error(`status ${response.statusCode}`));
    }).on('error', reject);
  });
const json = async (url: string) => JSON.parse((await fetchDocument(url)).toString());
const verify = async (token: string, more = {}) => {
  const { jwks_uri } = await json(`${issuer.issuer}/.well-known/openid-configuration`);
  const fetcher = { fetch: async (uri: string) => new Uint8Array(await fetchDocument(uri)).buffer };
  return JwtRsaVerifier.create(
    { issuer: issuer.issuer, audience, jwksUri: jwks_uri, ...more },
    { jwksCache: new SimpleJwksCache({ fetcher }) },
  ).verify(token);
};

test('its tokens are verified from its discovery document, over TLS', async () => {
  const claims = await verify(issuer.issue({ sub: 'local|1', email: 'user@example.com' }));
  expect(claims).toMatchObject({
    iss: issuer.issuer,
    aud: audience,
    sub: 'local|1',
    email: 'user@example.com',
    email_verified: true,
  });
  expect(issuer.issuer).toBe(`https://localhost:${issuer.port}`);
});

test('tokens that have expired or are for somebody else are told apart', async () => {
  await expect(verify(issuer.issue({ sub: 'x', expiresIn: -60 }))).rejects.toThrow('expired');
  await expect(verify(issuer.issue({ sub: 'x', audience: 'other' }))).rejects.toThrow('Audience');
  const [head, body = '', signature] = issuer.issue({ sub: 'x' }).split('.');
  const forged = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), sub: 'y' }),
  ).toString('base64url');
  await expect(verify([head, forged, signature].join('.'))).rejects.toThrow('Invalid signature');
});

test('its key survives a restart', async () => {
  const again = await start();
  expect(await json(`${again.issuer}/.well-known/jwks.json`)).toEqual(
    await json(`${issuer.issuer}/.well-known/jwks.json`),
  );
  await expect(json(`${again.issuer}/elsewhere`)).rejects.toThrow('404');
  await again.close();
});
