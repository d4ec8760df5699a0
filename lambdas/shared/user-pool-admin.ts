import { type AwsAnswer, type AwsCall, callAws } from './aws-call';
import { issuerOf } from './user-pool';

/**
 * What the use cases need from the user pool. A username is the subject of the user's tokens or, for who signs in by
 * another provider, the `cognito:username` in them.
 */
export interface UserPool {
  /** Issuer of the pool's tokens. */
  readonly issuer: string;
  /** Ends all sessions of a user. No error when there is no such user. */
  signOut(username: string): Promise<void>;
  /** Deletes a user. No error when there is no such user. */
  remove(username: string): Promise<void>;
}

/** A request waits for the answer: better a clear failure than one that comes when the function is over. */
const withinRequest = { attempts: 3, timeoutMs: 3_000 };

/** The pool of an environment. */
export function cognitoUserPool(
  userPoolId: string,
  call: (call: AwsCall) => Promise<AwsAnswer> = (request) => callAws(request, withinRequest),
): UserPool {
  const run = async (operation: 'AdminUserGlobalSignOut' | 'AdminDeleteUser', Username: string) => {
    const { status, errorType } = await call({
      service: 'cognito-idp',
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: { UserPoolId: userPoolId, Username },
    });
    if (status !== 200 && errorType !== 'UserNotFoundException')
      throw new Error(`expected ${operation} to answer 200, found ${status} ${errorType}`.trim());
  };
  return {
    issuer: issuerOf(userPoolId),
    signOut: (username) => run('AdminUserGlobalSignOut', username),
    remove: (username) => run('AdminDeleteUser', username),
  };
}
