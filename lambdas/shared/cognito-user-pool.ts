import {
  AdminDeleteUserCommand,
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
  ListUsersCommand,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import type { UserPool } from './user-pool-admin';

export function connectUserPool(userPoolId: string, client = newClient()): Omit<UserPool, 'issuer'> {
  /** False when there is no such user. */
  async function removed(username: string): Promise<boolean> {
    const command = new AdminDeleteUserCommand({ UserPoolId: userPoolId, Username: username });
    const answer = await client.send(command).catch(unknownUser);
    return answer !== undefined;
  }

  return {
    async signOut(username) {
      const command = new AdminUserGlobalSignOutCommand({ UserPoolId: userPoolId, Username: username });
      await client.send(command).catch(unknownUser);
    },

    async remove(subject) {
      if (await removed(subject)) return;
      // Who signs in by another provider has a username that is not the subject, and is found by it only.
      const Filter = `sub = "${subject.replace(/["\\]/g, '\\$&')}"`;
      const { Users = [] } = await client.send(
        new ListUsersCommand({ UserPoolId: userPoolId, Filter, Limit: 1 }),
      );
      const [{ Username = undefined } = {}] = Users;
      if (Username !== undefined) await removed(Username);
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
