/** A pool that allows every way to sign in, for clients that are used as their makers ship them. */
import {
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { TOTP } from 'otpauth';
import { type RunningEndpoint, startEndpoint } from '../../running-endpoint';

export const PASSWORD = 'Correct-horse-1';
/** What the pool's own challenge asks for. */
export const WORD = 'xyzzy';

const trigger = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

const POOL = {
  UsernameAttributes: ['email'],
  AutoVerifiedAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  MfaConfiguration: 'OPTIONAL',
  EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
  UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
  LambdaConfig: {
    DefineAuthChallenge: trigger('define'),
    CreateAuthChallenge: trigger('create'),
    VerifyAuthChallengeResponse: trigger('verify'),
  },
};
const FLOWS = ['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_CUSTOM_AUTH', 'ALLOW_USER_AUTH'];

interface TriggerEvent {
  readonly request: Readonly<Record<string, unknown>>;
  readonly response: Record<string, unknown>;
}

/** Three tries to say the word; the mail that would carry it is the test's own memory. */
const functions: Readonly<Record<string, (event: TriggerEvent) => object>> = {
  define: ({ request }) => {
    const session = request.session as readonly { challengeResult: boolean }[];
    const done = session.at(-1)?.challengeResult === true;
    return done
      ? { issueTokens: true, failAuthentication: false }
      : { issueTokens: false, failAuthentication: session.length >= 3, challengeName: 'CUSTOM_CHALLENGE' };
  },
  create: ({ request }) => ({
    publicChallengeParameters: { hint: 'a hollow voice', try: String((request.session as []).length + 1) },
    privateChallengeParameters: { word: WORD },
    challengeMetadata: 'WORD',
  }),
  verify: ({ request }) => ({
    answerCorrect:
      request.challengeAnswer === (request.privateChallengeParameters as Record<string, string>).word,
  }),
};

export interface ClientPool {
  readonly aws: RunningEndpoint;
  readonly poolId: string;
  /** Refresh tokens live until they expire. */
  readonly lasting: string;
  /** Refresh tokens serve once. */
  readonly rotating: string;
  readonly codeMailedTo: (email: string) => string;
  /** A confirmed user; @returns the e-mail address */
  user(email: string): Promise<string>;
  /** Makes the user's password one that must be replaced. */
  makeTemporary(email: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startClientPool(): Promise<ClientPool> {
  const aws = await startEndpoint({
    invokeTrigger: async (arn, event) => {
      const given = event as TriggerEvent;
      const respond = functions[arn.split(':').at(-1) ?? ''];
      if (!respond) throw new Error(`no function ${arn}`);
      return { ok: true, payload: { ...given, response: { ...given.response, ...respond(given) } } };
    },
  });
  const administrator = new CognitoIdentityProviderClient(aws.client);
  const { id: poolId } = await aws.cognito.createUserPool({ key: 'auth/Users', properties: POOL });
  const client = async (key: string, properties: object) =>
    (
      await aws.cognito.createClient({
        key,
        poolId,
        properties: { PreventUserExistenceErrors: 'ENABLED', ...properties },
      })
    ).id;
  return {
    aws,
    poolId,
    lasting: await client('auth/Lasting', { ExplicitAuthFlows: [...FLOWS, 'ALLOW_REFRESH_TOKEN_AUTH'] }),
    rotating: await client('auth/Rotating', {
      ExplicitAuthFlows: FLOWS,
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    }),
    codeMailedTo: (email) => aws.mails.filter(({ to }) => to === email).at(-1)?.code ?? '',
    async user(email) {
      await aws.cognito.adminCreateConfirmedUser({ poolId, email, password: PASSWORD });
      return email;
    },
    async makeTemporary(Username) {
      const input = { UserPoolId: poolId, Username, Password: PASSWORD, Permanent: false };
      await administrator.send(new AdminSetUserPasswordCommand(input));
    },
    async stop() {
      administrator.destroy();
      await aws.stop();
    },
  };
}

/** What an authenticator app shows at a moment. */
export const authenticatorCode = (secret: string, timestamp: number): string =>
  new TOTP({ secret }).generate({ timestamp });
