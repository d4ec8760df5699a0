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

/** The pool of an environment. The SDK is loaded at the first use: most requests never need its 40 ms. */
export function cognitoUserPool(userPoolId: string): UserPool {
  let loading: Promise<Omit<UserPool, 'issuer'>> | undefined;
  const loaded = () => {
    loading ??= import('./cognito-user-pool').then(({ connectUserPool }) => connectUserPool(userPoolId));
    return loading;
  };
  const [region] = userPoolId.split('_');
  return {
    issuer: `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
    signOut: async (username) => (await loaded()).signOut(username),
    remove: async (username) => (await loaded()).remove(username),
  };
}
