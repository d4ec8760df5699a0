import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { ensureCertificates } from '../../scripts/local/certificates';
import { type PostgresServer, startPostgres } from '../../scripts/local/postgres/server';
import type { Runtime } from '../../scripts/local/running';
import { startRuntime } from '../../scripts/local/runtime';
import { assemblyDirectory, cacheDirectory } from '../support/assembly';
import { expectExercised } from '../support/exercised';
import { DocumentsClient } from './documents-client';

const directory = mkdtempSync(join(tmpdir(), 'landfall-sign-in-'));
let server: PostgresServer;
let runtime: Runtime;

// The database is one that --postgres-url names: a server of its own, which the runtime did not start.
beforeAll(async () => {
  server = await startPostgres({
    tls: await ensureCertificates(join(directory, 'certificates')),
    allowPlain: true,
    authenticate: async () => true,
    template: join(cacheDirectory, 'postgres.tar.gz'),
  });
  runtime = await startRuntime({
    port: 0,
    stateDirectory: join(directory, 'state'),
    assembly: assemblyDirectory('local-platform'),
    postgresUrl: `postgresql://landfall:any@127.0.0.1:${server.port}/landfall`,
  });
}, 240_000);

afterAll(async () => {
  await runtime?.close();
  await server?.close();
  rmSync(directory, { recursive: true, force: true });
});

test('a person signs up, confirms the mailed code, signs in, refreshes, and reaches the API with an ID token only', async () => {
  const cognito = new CognitoIdentityProviderClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${runtime.ports.aws}`,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  const outputs = Object.assign({}, ...Object.values(runtime.deployed.outputs)) as Record<string, string>;
  const ClientId = outputs.UserPoolClientId;
  const [Username, PASSWORD] = ['new@example.com', 'Correct-horse-7-battery'];
  await cognito.send(
    new SignUpCommand({
      ClientId,
      Username,
      Password: PASSWORD,
      UserAttributes: [{ Name: 'email', Value: Username }],
    }),
  );
  const mail = runtime.log.lines.find(({ source, text }) => source === 'mail' && text.includes(Username));
  const ConfirmationCode = /\d{6}/.exec(mail?.text ?? '')?.[0];
  await cognito.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode }));
  const signedIn = await cognito.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: Username, PASSWORD },
    }),
  );
  const refresh = (RefreshToken = '') =>
    cognito.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken }));
  const refreshed = await refresh(signedIn.AuthenticationResult?.RefreshToken);
  // The client rotates: a new refresh token each time.
  expect(refreshed.AuthenticationResult?.RefreshToken).not.toBe(signedIn.AuthenticationResult?.RefreshToken);
  const list = (token: string | undefined) => new DocumentsClient(runtime.url, token).get('/documents');
  for (const { AuthenticationResult } of [signedIn, refreshed]) {
    expect(await list(AuthenticationResult?.IdToken)).toMatchObject({ status: 200, body: { items: [] } });
    expect((await list(AuthenticationResult?.AccessToken)).status).toBe(401);
  }
  cognito.destroy();
});

test('the rows are in the database that --postgres-url names', async () => {
  const { Client } = await import('pg');
  const client = new Client({
    host: '127.0.0.1',
    port: server.port,
    user: 'landfall',
    database: 'landfall',
    password: 'any',
  });
  await client.connect();
  const { rows } = await client.query('select count(*)::int as applied from landfall.schema_migrations');
  expect(rows[0].applied).toBeGreaterThan(0);
  await client.end();
});

test('every right that this journey is known to use was used, and nothing else was denied', async () => {
  await expectExercised(runtime, 'sign-in');
});
