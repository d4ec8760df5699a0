/** Every way to sign in, from the first request to the tokens, through the whole runtime and its triggers. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CognitoIdentityProviderClient,
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createSrpSession, signSrpSession, wrapAuthChallenge, wrapInitiateAuth } from 'cognito-srp-helper';
import type { Runtime } from '../../scripts/local/running';
import { startRuntime } from '../../scripts/local/runtime';
import { MagicLinkClient } from '../journeys/magic-link-client';
import { Browser } from '../scripts/local/aws/cognito/hosted/browser';
import { authorizeUrl, parametersOf, pkce } from '../scripts/local/aws/cognito/hosted/running-domain';
import { inTurn, median, quantile, round, type Topic } from './measure';

/** Signs in and answers the ID token. */
type Way = () => Promise<string | undefined>;

function waysOf(runtime: Runtime, caFile: string): { ways: Record<string, Way>; close: () => void } {
  const outputs = Object.assign({}, ...Object.values(runtime.deployed.outputs)) as Record<string, string>;
  const { UserPoolId: poolId = '', UserPoolClientId: ClientId = '' } = outputs;
  const cognito = new CognitoIdentityProviderClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${runtime.ports.aws}`,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  const password = runtime.identity.password ?? '';
  const USERNAME = 'user@example.com';
  const links = new MagicLinkClient(runtime);
  const pages = `https://localhost:${runtime.ports.oidc}`;
  let refreshToken: string | undefined;
  let people = 0;

  const byPassword: Way = async () => {
    const AuthParameters = { USERNAME, PASSWORD: password };
    const command = new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters });
    const { AuthenticationResult } = await cognito.send(command);
    refreshToken = AuthenticationResult?.RefreshToken;
    return AuthenticationResult?.IdToken;
  };
  const bySrp: Way = async () => {
    const session = createSrpSession(USERNAME, password, poolId, false);
    const challenge = await cognito.send(
      new InitiateAuthCommand(
        wrapInitiateAuth(session, { ClientId, AuthFlow: 'USER_SRP_AUTH', AuthParameters: { USERNAME } }),
      ),
    );
    const answer = wrapAuthChallenge(signSrpSession(session, challenge), {
      ClientId,
      ChallengeName: 'PASSWORD_VERIFIER' as const,
      ChallengeResponses: { USERNAME: challenge.ChallengeParameters?.USERNAME ?? '' },
    });
    return (await cognito.send(new RespondToAuthChallengeCommand(answer))).AuthenticationResult?.IdToken;
  };
  const byCode: Way = async () => {
    const AuthParameters = { USERNAME, PREFERRED_CHALLENGE: 'EMAIL_OTP' };
    const { Session } = await cognito.send(
      new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_AUTH', AuthParameters }),
    );
    const [mail] = await links.mails(USERNAME);
    const EMAIL_OTP_CODE = /\b\d{6,8}\b/.exec(mail?.text ?? '')?.[0] ?? '';
    const command = new RespondToAuthChallengeCommand({
      ClientId,
      ChallengeName: 'EMAIL_OTP',
      Session,
      ChallengeResponses: { USERNAME, EMAIL_OTP_CODE },
    });
    return (await cognito.send(command)).AuthenticationResult?.IdToken;
  };
  const byLink: Way = async () => {
    // A user gets one link a minute.
    const email = `person-${people++}@example.com`;
    await runtime.identity.token(email);
    await links.request(email);
    const { token } = await links.linkMail(email);
    return (await links.verify(token)).body.idToken;
  };
  const byPages: Way = async () => {
    const ca = readFileSync(caFile, 'utf8');
    const browser = new Browser(pages, ca);
    const { verifier, challenge } = pkce();
    const toLogin = await browser.open(authorizeUrl(ClientId, challenge));
    const page = await browser.open(toLogin.location);
    const back = await browser.submit(page, { username: USERNAME, password });
    const { code = '' } = parametersOf(back.location);
    const form = {
      grant_type: 'authorization_code',
      client_id: ClientId,
      redirect_uri: 'http://localhost:3000/auth/callback',
      code_verifier: verifier,
      code,
    };
    const { body } = await browser.open('/oauth2/token', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: String(new URLSearchParams(form)),
    });
    return JSON.parse(body).id_token;
  };
  const byRefresh: Way = async () => {
    const command = new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken: refreshToken });
    const { AuthenticationResult } = await cognito.send(command);
    refreshToken = AuthenticationResult?.RefreshToken ?? refreshToken;
    return AuthenticationResult?.IdToken;
  };
  return {
    ways: {
      'password, sent (reference)': byPassword,
      'password, SRP': bySrp,
      'refresh, rotated': byRefresh,
      'code by e-mail': byCode,
      'sign-in pages, code + PKCE': byPages,
      'magic link, both routes and the mail': byLink,
    },
    close: () => cognito.destroy(),
  };
}

export const signIn: Topic = {
  name: 'sign-in',
  async run(runs) {
    const stateDirectory = mkdtempSync(path.join(tmpdir(), 'landfall-bench-sign-in-'));
    const runtime = await startRuntime({ port: 0, stateDirectory, blueprint: 'platform' });
    await runtime.identity.token('user@example.com');
    const { ways, close } = waysOf(runtime, path.join(stateDirectory, 'certificates', 'ca.pem'));
    try {
      const timed = Object.fromEntries(
        Object.entries(ways).map(([name, way]) => [
          name,
          async () => {
            const start = process.hrtime.bigint();
            if (!(await way())?.includes('.')) throw new Error(`${name}: no ID token came`);
            return Number(process.hrtime.bigint() - start) / 1e6;
          },
        ]),
      );
      // Functions are loaded here, and triggers have their connections.
      for (const way of Object.values(timed)) await way();
      const samples = await inTurn(runs * 5, timed);
      const [reference] = Object.values(samples).map(median);
      return {
        topic: 'sign-in',
        reference: 'USER_PASSWORD_AUTH on the same pool, its token trigger included',
        goal: 'none set; the magic link has the floor of 750 ms of its answer in it',
        rows: Object.entries(samples).map(([what, values]) => ({
          what,
          figures: {
            'p50 ms': round(median(values), 1),
            'p99 ms': round(quantile(values, 0.99), 1),
            ratio: round(median(values) / (reference as number)),
          },
        })),
      };
    } finally {
      close();
      await runtime.close();
      rmSync(stateDirectory, { recursive: true, force: true });
    }
  },
};
