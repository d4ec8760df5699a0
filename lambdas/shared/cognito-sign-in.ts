import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { ApiError } from './errors';
import type { ChallengeAnswer, SignInOutcome } from './user-pool';

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

/**
 * Errors by which Cognito says no to this user or this answer. Any other is no statement about a user, so that
 * telling it to the caller tells nothing about one.
 */
const refusals = new Set([
  'CodeMismatchException',
  'ExpiredCodeException',
  'LimitExceededException',
  'NotAuthorizedException',
  'PasswordResetRequiredException',
  'TooManyRequestsException',
  // A trigger said no, for example to a token for an account that was deleted.
  'UserLambdaValidationException',
  'UserNotConfirmedException',
  'UserNotFoundException',
]);

/** @throws ApiError unavailable */
function refusalOf(error: unknown): SignInOutcome {
  const name = error instanceof Error ? error.name : 'unknown';
  if (refusals.has(name)) return { refusal: name };
  throw new ApiError('unavailable', 'Signing in is not possible right now. Try again.', { cause: error });
}
