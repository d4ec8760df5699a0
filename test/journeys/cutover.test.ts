/**
 * A move from one issuer to another, as users live through it: an application whose users sign in elsewhere, the
 * migration, and the same application with a user pool of its own. Documents, ids and passwords stay.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  ListUsersCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { hashSync } from 'bcryptjs';
import type { Runtime } from '../../scripts/local/running';
import { startRuntime } from '../../scripts/local/runtime';
import { assemblyDirectory } from '../support/assembly';
import { expectExercised } from '../support/exercised';
import { DocumentsClient, pdf, pdfType } from './documents-client';

const directory = mkdtempSync(join(tmpdir(), 'landfall-cutover-'));
const stateDirectory = join(directory, 'state');
const password = 'Old-password-7-of-bob';
/** Subjects of the old issuer. One is a UUID, as Supabase's are, and stays the user's id. */
const bobsId = '0b9e6a1c-6d1f-4a53-9a3f-0f6f2f3c9b11';

let runtime: Runtime | undefined;
let cognito: CognitoIdentityProviderClient;
let clientId: string;
let poolId: string;
let oldIssuer: string;
const documents: Record<string, string> = {};

const start = async (variant: string, blueprint: string) => {
  runtime = await startRuntime({
    port: 0,
    stateDirectory,
    blueprint,
    assembly: assemblyDirectory(variant),
  });
  return runtime;
};

const uploadFor = async (token: string, name: string) => {
  const client = new DocumentsClient(runtime?.url ?? '', token);
  const { status, body } = await client.upload({ bytes: pdf, mimeType: pdfType, fileName: 'cv.pdf', name });
  expect(status).toBe(200);
  return body.id as string;
};

/** What the runtime gives to people's own tools. */
async function administrator(): Promise<Record<string, string>> {
  const text = await (await fetch(`${runtime?.url}/_landfall/administrator.env`)).text();
  return Object.fromEntries(
    [...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, string>;

afterAll(async () => {
  cognito?.destroy();
  await runtime?.close();
  rmSync(directory, { recursive: true, force: true });
});

test('before: people sign in at the old issuer and keep documents', async () => {
  const { identity } = await start('local-documents', 'documents');
  const ann = await identity.token('ann@example.com');
  oldIssuer = claimsOf(ann).iss ?? '';
  documents.ann = await uploadFor(ann, 'Of Ann');
  await runtime?.close();
}, 240_000);

test('the migration: identities for everybody, accounts for those without a password, hashes for the others', async () => {
  await start('local-migrating', 'platform');
  const outputs = Object.assign({}, ...Object.values(runtime?.deployed.outputs ?? {}));
  [clientId, poolId] = [outputs.UserPoolClientId, outputs.UserPoolId];
  const environment = await administrator();
  cognito = new CognitoIdentityProviderClient({
    region: 'us-east-1',
    endpoint: environment.AWS_ENDPOINT_URL ?? '',
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: environment.AWS_SESSION_TOKEN ?? '',
    },
  });

  const file = join(directory, 'users.json');
  writeFileSync(
    file,
    JSON.stringify([
      { id: 'local|ann@example.com', email: 'ann@example.com', confirmed: true },
      { id: bobsId, email: 'bob@example.com', confirmed: true, password_hash: hashSync(password, 4) },
      { id: 'banned', email: 'eve@example.com', banned: true, password_hash: hashSync(password, 4) },
    ]),
  );
  const migrate = (...flags: string[]) =>
    promisify(execFile)(
      process.execPath,
      [
        ...['--import', 'tsx', resolve(__dirname, '../../scripts/landfall.ts'), 'migrate', 'users'],
        ...['--from', file, '--issuer', oldIssuer, '--to', poolId, '--with-hashes', '--json', ...flags],
        // The file does not tell whether Ann has a password; she never had one.
        ...['--unknown-passwords', 'create'],
        ...['--journal', join(directory, 'journal.jsonl')],
      ],
      { env: { ...environment, PATH: process.env.PATH ?? '' } },
    );
  const first = await migrate('--execute');
  expect(first.stdout + first.stderr).not.toContain('$2');
  // Who is banned gets an account, too, so that it can be closed: otherwise the address could sign up anew.
  expect(JSON.parse(first.stdout).outcomes).toMatchObject({
    created: { count: 2 },
    lazy: { count: 1 },
    failed: { count: 0 },
  });
  // A second run changes nothing, and says so.
  const users = async () => (await cognito.send(new ListUsersCommand({ UserPoolId: poolId }))).Users;
  const before = await users();
  expect(JSON.parse((await migrate('--execute')).stdout).outcomes).toMatchObject({
    created: { count: 2, reasons: { 'by an earlier run': 2 } },
    lazy: { count: 1, reasons: { 'by an earlier run': 1 } },
    failed: { count: 0 },
  });
  expect(await users()).toEqual(before);
}, 240_000);

const idTokenOf = (result: { AuthenticationResult?: { IdToken?: string | undefined } | undefined }) =>
  result.AuthenticationResult?.IdToken ?? '';

test('after: Ann, who never had a password, signs in by a mailed code and finds her document', async () => {
  const { Session } = await cognito.send(
    new InitiateAuthCommand({
      ClientId: clientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: 'ann@example.com', PREFERRED_CHALLENGE: 'EMAIL_OTP' },
    }),
  );
  const [mail] = (await (await fetch(`${runtime?.url}/_landfall/mail?to=ann@example.com`)).json()) as {
    text: string;
  }[];
  const answer = await cognito.send(
    new RespondToAuthChallengeCommand({
      ClientId: clientId,
      ChallengeName: 'EMAIL_OTP',
      Session,
      ChallengeResponses: {
        USERNAME: 'ann@example.com',
        EMAIL_OTP_CODE: /\b\d{6,8}\b/.exec(mail?.text ?? '')?.[0] ?? '',
      },
    }),
  );
  const ann = new DocumentsClient(runtime?.url ?? '', idTokenOf(answer));
  const { body } = await ann.get('/documents');
  expect(body.items.map(({ id, name }: { id: string; name: string }) => [id, name])).toEqual([
    [documents.ann, 'Of Ann'],
  ]);
  const download = await ann.get(`/documents/${documents.ann}/download`);
  expect(Buffer.from(await (await fetch(download.body.url)).arrayBuffer()).equals(pdf)).toBe(true);
});

const byPassword = (email: string, secret: string) =>
  cognito.send(
    new InitiateAuthCommand({
      ClientId: clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: email, PASSWORD: secret },
    }),
  );

test('after: Bob signs in with his old password, keeps his id, and Cognito knows the password from then on', async () => {
  await expect(byPassword('bob@example.com', 'Wrong-password-7-of-bob')).rejects.toThrow(
    'Incorrect username or password',
  );
  const first = claimsOf(idTokenOf(await byPassword('bob@example.com', password)));
  expect(first['landfall:user_id']).toBe(bobsId);
  const second = claimsOf(idTokenOf(await byPassword('bob@example.com', password)));
  expect(second).toMatchObject({ sub: first.sub, 'landfall:user_id': bobsId });
});

test('after: who was banned stays out, and a stranger is no different', async () => {
  for (const email of ['eve@example.com', 'nobody@example.com'])
    await expect(byPassword(email, password)).rejects.toThrow('Incorrect username or password');
  const log = runtime?.log.lines.map(({ text }) => text).join('\n');
  expect(log).not.toContain(password);
});

test('every right that this journey is known to use was used, and nothing else was denied', async () => {
  await expectExercised(runtime as Runtime, 'cutover');
});
