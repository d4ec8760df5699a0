import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { type ChallengeAnswer, refusalOf, type SignInOutcome } from './user-pool';

/** Below the functions' timeout of 20 s, above what triggers take that Cognito asks a second time (5 s). */
const deadlineMs = 15_000;

let client: CognitoIdentityProviderClient | undefined;

export async function answerChallenge(
  clientId: string,
  { username, answer, metadata }: ChallengeAnswer,
): Promise<SignInOutcome> {
  client ??= new CognitoIdentityProviderClient({ requestHandler: { connectionTimeout: 2_000 } });
  const abortSignal = AbortSignal.timeout(deadlineMs);
  try {
    const begun = await client.send(
      new InitiateAuthCommand({
        ClientId: clientId,
        AuthFlow: 'CUSTOM_AUTH',
        AuthParameters: { USERNAME: username },
      }),
      { abortSignal },
    );
    if (begun.ChallengeName !== 'CUSTOM_CHALLENGE') {
      throw new Error(`expected the pool to set a custom challenge, found ${begun.ChallengeName}`);
    }
    const answered = await client.send(
      new RespondToAuthChallengeCommand({
        ClientId: clientId,
        ChallengeName: 'CUSTOM_CHALLENGE',
        Session: begun.Session,
        ChallengeResponses: { USERNAME: begun.ChallengeParameters?.USERNAME ?? username, ANSWER: answer },
        ...(metadata && { ClientMetadata: { ...metadata } }),
      }),
      { abortSignal },
    );
    const result = answered.AuthenticationResult;
    if (!result) return { challenge: answered.ChallengeName ?? 'none' };
    const { AccessToken, IdToken, RefreshToken, ExpiresIn } = result;
    if (!AccessToken || !IdToken || !RefreshToken || !ExpiresIn) {
      throw new Error('expected an access, an ID and a refresh token from the pool');
    }
    return {
      tokens: {
        accessToken: AccessToken,
        idToken: IdToken,
        refreshToken: RefreshToken,
        expiresIn: ExpiresIn,
      },
    };
  } catch (error) {
    return refusalOf(error);
  }
}
