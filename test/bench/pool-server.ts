/** A process of its own that serves a user pool; argument: the state directory. Prints where, as JSON. */
import { startAwsEndpoint } from '../../scripts/local/aws/endpoint';
import { ACCOUNT, CREDENTIALS, REGION, ROLE } from '../scripts/local/aws/running-endpoint';
import { allow } from '../support/decisions';

export interface ServedPool {
  readonly url: string;
  readonly poolId: string;
}

async function main(stateDirectory: string): Promise<void> {
  const aws = await startAwsEndpoint({
    port: 0,
    stateDirectory,
    region: REGION,
    accountId: ACCOUNT,
    principals: new Map([[CREDENTIALS.accessKeyId, { ...CREDENTIALS, roleArn: ROLE }]]),
    authorize: async () => allow,
    log: () => undefined,
  });
  const pool = await aws.cognito.createUserPool({
    key: 'users',
    properties: {
      UsernameAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      UserPoolTier: 'ESSENTIALS',
      // Nobody needs a password: hashing a hundred thousand would be all that is measured.
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
      Schema: [
        { Name: 'email', Required: true, Mutable: true },
        { Name: 'legacy_issuer', AttributeDataType: 'String', Mutable: false },
        { Name: 'legacy_subject', AttributeDataType: 'String', Mutable: false },
      ],
    },
  });
  const served: ServedPool = { url: aws.url, poolId: pool.id };
  process.stdout.write(`${JSON.stringify(served)}\n`);
}

main(process.argv[2] as string);
