/** What the address of a page says: for which client, and what an application waits for. */
import type { Client } from '../records';
import { type Answer, Refusal, redirect, withParameters } from './answer';
import type { SignedIn } from './browser-sessions';
import type { HostedContext } from './context';
import { html } from './html';
import { errorPage } from './page';
import { type Parameters, readParameters } from './request';

/** A valid request for a code. */
export interface Authorization {
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly scopes: readonly string[];
  readonly nonce: string | undefined;
  readonly codeChallenge: string | undefined;
}

export interface Visit {
  readonly client: Client;
  /** Undefined: somebody opened the page by itself, and no application waits. */
  readonly authorization: Authorization | undefined;
  readonly prompt: 'login' | 'none' | undefined;
  /** E-mail or name to begin with. */
  readonly loginHint: string | undefined;
  /** The same address, for links and forms between the pages. */
  readonly query: string;
}

/** Of RFC 7636: what SHA-256 makes of every verifier. */
const CHALLENGE = /^[A-Za-z0-9\-_]{43}$/;

const dead = (title: string, ...sentences: string[]) => new Refusal(errorPage(400, title, sentences));

/** The client of this domain that a request names. @throws Refusal with a page, never with a redirect */
export function clientOf({ pool }: HostedContext, parameters: Parameters): Client {
  const id = parameters.get('client_id');
  if (id === undefined) throw dead('The address is incomplete', 'It must name the application: client_id.');
  const client = pool.clients.get(id);
  if (!client)
    throw dead(
      'Unknown application',
      `The user pool of this domain has no client ${id}. Use its UserPoolClientId.`,
    );
  return client;
}

export function readQuery(query: string): Parameters {
  return readParameters(query, (name) =>
    dead('The address is ambiguous', `It gives ${name} more than once.`),
  );
}

/** @throws Refusal with a page while the address to return to is not proven, with a redirect to it afterwards */
export function readVisit(context: HostedContext, query: string): Visit {
  const parameters = readQuery(query);
  const client = clientOf(context, parameters);
  const authorization =
    parameters.has('redirect_uri') || parameters.has('response_type')
      ? readAuthorization(client, parameters)
      : undefined;
  const provider = parameters.get('identity_provider') ?? parameters.get('idp_identifier') ?? 'COGNITO';
  if (provider !== 'COGNITO' || !client.settings.oauth.ownUsers)
    throw new Refusal(notOffered(client, provider));
  const prompt = parameters.get('prompt');
  return {
    client,
    authorization,
    prompt: prompt === 'login' || prompt === 'none' ? prompt : undefined,
    loginHint: parameters.get('login_hint'),
    query: String(new URLSearchParams([...parameters])),
  };
}

function readAuthorization(client: Client, parameters: Parameters): Authorization {
  const { oauth } = client.settings;
  if (!oauth.codeFlow)
    throw dead('unauthorized_client', `Client ${client.id} does not use the authorization code flow.`);
  const redirectUri = parameters.get('redirect_uri');
  if (redirectUri === undefined)
    throw dead('The address is incomplete', 'It must say where to return to: redirect_uri.');
  if (!oauth.callbackUrls.includes(redirectUri))
    throw new Refusal(
      errorPage(400, 'redirect_mismatch', [
        html`Client <code>${client.id}</code> does not return to <code>${redirectUri}</code>. Its callback URLs, which must match to the letter:`,
        ...oauth.callbackUrls.map((url) => html`<code>${url}</code>`),
        html`Configure <code>auth.callbackUrls</code> of the environment.`,
      ]),
    );
  const state = parameters.get('state');
  const refused = (error: string, description: string) =>
    new Refusal(redirect(withParameters(redirectUri, { error, error_description: description, state })));
  const responseType = parameters.get('response_type');
  if (responseType === 'token')
    throw refused(
      'unauthorized_client',
      'The implicit flow is not allowed for this client. Use response_type=code.',
    );
  if (responseType !== 'code') throw refused('invalid_request', 'response_type must be code.');
  const prompt = parameters.get('prompt');
  if (prompt !== undefined && prompt !== 'login' && prompt !== 'none')
    throw refused('invalid_request', 'prompt must be login or none.');
  return {
    redirectUri,
    state,
    scopes: readScopes(oauth.scopes, parameters.get('scope'), refused),
    nonce: parameters.get('nonce'),
    codeChallenge: readChallenge(client, parameters, refused),
  };
}

type Refuse = (error: string, description: string) => Refusal;

function readScopes(
  allowed: readonly string[],
  text: string | undefined,
  refused: Refuse,
): readonly string[] {
  const scopes = [...new Set((text ?? '').split(' ').filter((scope) => scope !== ''))];
  // Like Cognito: who asks for nothing gets everything the client may have.
  if (scopes.length === 0) return allowed;
  const foreign = scopes.find((scope) => !allowed.includes(scope));
  if (foreign !== undefined)
    throw refused('invalid_scope', `The client may not ask for the scope ${foreign}.`);
  const dependent = scopes.find((scope) => ['email', 'phone', 'profile'].includes(scope));
  if (dependent !== undefined && !scopes.includes('openid'))
    throw refused('invalid_scope', `The scope ${dependent} needs the scope openid beside it.`);
  return scopes;
}

function readChallenge(client: Client, parameters: Parameters, refused: Refuse): string | undefined {
  const challenge = parameters.get('code_challenge');
  const method = parameters.get('code_challenge_method');
  if (challenge === undefined && method === undefined) {
    if (client.secret !== undefined) return undefined;
    throw refused(
      'invalid_request',
      'code_challenge is missing: a client without a secret must use PKCE, with code_challenge_method=S256.',
    );
  }
  if (method !== 'S256') throw refused('invalid_request', 'code_challenge_method must be S256.');
  if (challenge === undefined || !CHALLENGE.test(challenge))
    throw refused('invalid_request', 'code_challenge must be a SHA-256 in base64url: 43 characters.');
  return challenge;
}

function notOffered(client: Client, provider: string): Answer {
  const named = provider === 'COGNITO' ? client.settings.oauth.otherProviders.join(', ') : provider;
  return errorPage(501, 'Not offered locally', [
    html`Sign-in through <code>${named}</code> needs that provider and a public address that it returns to. The local runtime has neither.`,
    'On AWS the same link works. Here, sign in with an e-mail address and a password: leave identity_provider out.',
  ]);
}

/** Sends the visitor back to the application that waits, with a code for it. */
export function returnWithCode(
  { codes }: HostedContext,
  { client }: Visit,
  { redirectUri, state, scopes, nonce, codeChallenge }: Authorization,
  { user, authTime }: SignedIn,
  cookies: readonly string[] = [],
): Answer {
  const code = codes.issue({
    clientId: client.id,
    username: user.username,
    redirectUri,
    scopes,
    nonce,
    codeChallenge,
    authTime,
  });
  return redirect(withParameters(redirectUri, { code, state }), cookies);
}
