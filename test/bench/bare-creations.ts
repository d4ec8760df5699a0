/** Nothing but AdminCreateUser; arguments: pool id, number of users, concurrency. The environment says where. */
import {
  AdminCreateUserCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';

async function main([poolId = '', count = '', concurrency = '']: readonly string[]): Promise<void> {
  const client = new CognitoIdentityProviderClient({ region: poolId.split('_')[0] ?? '', maxAttempts: 1 });
  let next = 0;
  const worker = async () => {
    while (next < Number(count)) {
      const email = `user-${next++}@example.com`;
      await client.send(
        new AdminCreateUserCommand({
          UserPoolId: poolId,
          Username: email,
          MessageAction: 'SUPPRESS',
          UserAttributes: [
            { Name: 'email', Value: email },
            { Name: 'email_verified', Value: 'true' },
          ],
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: Number(concurrency) }, worker));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
