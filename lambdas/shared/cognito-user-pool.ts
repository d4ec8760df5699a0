import {
  AdminDeleteUserCommand,
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import type { UserPool } from './user-pool-admin';

export function connectUserPool(userPoolId: string, client = newClient()): Omit<UserPool, 'issuer'> {
  return {
    async signOut(username) {
      const command = new AdminUserGlobalSignOutCommand({ UserPoolId: userPoolId, Username: username });
      await client.send(command).catch(unknownUser);
    },

    async remove(username) {
      const command = new AdminDeleteUserCommand({ UserPoolId: userPoolId, Username: username });
      await client.send(command).catch(unknownUser);
    },
  };
}

/** A request waits for the answer: better a clear failure than one that comes when the function is over. */
function newClient(): CognitoIdentityProviderClient {
  return new CognitoIdentityProviderClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 },
  });
}

function unknownUser(error: unknown): undefined {
  if (error instanceof UserNotFoundException) return undefined;
  throw error;
}
