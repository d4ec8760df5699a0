/** A pool with sign-in pages: one client without a secret, one with, and everything a visitor needs. */
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { startHostedSignIn } from '../../../../../../scripts/local/aws/cognito/hosted/server';
import { ensureCertificates } from '../../../../../../scripts/local/certificates';
import type { TlsServer } from '../../../../../../scripts/local/tls-server';
import { type RunningEndpoint, startEndpoint } from '../../running-endpoint';
import { Browser, type Page, type Sending, send } from './browser';

export const PASSWORD = 'Correct-horse-1';
export const CALLBACK = 'http://localhost:3000/auth/callback';
export const OTHER_CALLBACK = 'http://localhost:5173/auth/callback?from=vite';
export const LOGOUT = 'http://localhost:3000/';

const POOL = {
  UsernameAttributes: ['email'],
  AutoVerifiedAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  Policies: { PasswordPolicy: { MinimumLength: 12, RequireNumbers: true } },
};
const CLIENT = {
  AllowedOAuthFlows: ['code'],
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthScopes: ['openid', 'email', 'profile'],
  CallbackURLs: [CALLBACK, OTHER_CALLBACK, 'myapp://callback'],
  LogoutURLs: [LOGOUT],
  SupportedIdentityProviders: ['COGNITO'],
  PreventUserExistenceErrors: 'ENABLED',
};

export interface RunningDomain {
  readonly aws: RunningEndpoint;
  readonly pages: TlsServer;
  readonly ca: string;
  readonly poolId: string;
  /** Without a secret. */
  readonly web: string;
  readonly confidential: { readonly id: string; readonly secret: string };
  readonly logs: string[];
  /** A browser that has seen nothing yet. */
  browser(): Browser;
  send(path: string, sending?: Sending): Promise<Page>;
  /** A form to an endpoint. */
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Page>;
  /** A confirmed user; @returns the e-mail address */
  user(email: string): Promise<string>;
  /** The user pools API, for whatever an administrator does. */
  readonly administrator: CognitoIdentityProviderClient;
  /** Declares another client of the pool. @returns its id */
  client(key: string, properties: object): Promise<string>;
  codeMailedTo(email: string): string;
  stop(): Promise<void>;
}

/**
 * @param pool properties beside, or instead of, those every test shares
 * @param endpoint options of the AWS endpoint
 */
export async function startDomain(
  pool: object = {},
  endpoint: Parameters<typeof startEndpoint>[0] = {},
): Promise<RunningDomain> {
  const aws = await startEndpoint(endpoint);
  const administrator = new CognitoIdentityProviderClient(aws.client);
  const { id: poolId } = await aws.cognito.createUserPool({
    key: 'auth/Users',
    properties: { ...POOL, ...pool },
  });
  const client = async (key: string, properties: object) =>
    (await aws.cognito.createClient({ key, poolId, properties: { ...CLIENT, ...properties } })).id;
  const web = await client('auth/Web', {});
  const confidential = await aws.cognito.createClient({
    key: 'auth/Server',
    poolId,
    properties: { ...CLIENT, GenerateSecret: true },
  });
  const certificates = await ensureCertificates(path.join(aws.directory, 'certificates'));
  const logs: string[] = [];
  const pages = await startHostedSignIn({
    port: 0,
    tls: certificates,
    engine: aws.cognito,
    poolId,
    log: (line) => logs.push(line),
  });
  const sendTo = (target: string, sending?: Sending) => send(pages.url + target, certificates.ca, sending);
  return {
    aws,
    pages,
    ca: certificates.ca,
    poolId,
    web,
    confidential: { id: confidential.id, secret: confidential.secret ?? '' },
    logs,
    client,
    browser: () => new Browser(pages.url, certificates.ca),
    send: sendTo,
    post: (target, fields, headers = {}) =>
      sendTo(target, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: String(new URLSearchParams(fields)),
      }),
    async user(email) {
      await aws.cognito.adminCreateConfirmedUser({ poolId, email, password: PASSWORD });
      return email;
    },
    administrator,
    codeMailedTo: (email) => aws.mails.filter(({ to }) => to === email).at(-1)?.code ?? '',
    async stop() {
      administrator.destroy();
      await pages.close();
      await aws.stop();
    },
  };
}

/** What an application keeps until its visitor is back. */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** Address of an authorization request; `undefined` leaves a parameter out. */
export function authorizeUrl(
  clientId: string,
  challenge: string | undefined,
  more: Readonly<Record<string, string | undefined>> = {},
): string {
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: CALLBACK,
    scope: 'openid email',
    ...(challenge && { code_challenge: challenge, code_challenge_method: 'S256' }),
    ...more,
  };
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `/oauth2/authorize?${new URLSearchParams(given)}`;
}

/** Parameters of an address. */
export const parametersOf = (location: string): Record<string, string> =>
  Object.fromEntries(new URL(location, 'https://localhost').searchParams);

export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/** Signs in on the page. @returns what the application's address was called with */
export async function signIn(
  browser: Browser,
  authorizePath: string,
  email: string,
): Promise<Record<string, string>> {
  const toLogin = await browser.open(authorizePath);
  const back = await browser.submit(await browser.open(toLogin.location), {
    username: email,
    password: PASSWORD,
  });
  return parametersOf(back.location);
}
