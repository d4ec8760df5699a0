import { CfnUserPool, CfnUserPoolClient, CfnUserPoolGroup } from 'aws-cdk-lib/aws-cognito';
import { readAssembly } from '../../../scripts/local/assembly';
import { findUnsupported } from '../../../scripts/local/deployment';
import { registry } from '../../../scripts/local/resources/registry';
import { removeTemporaryDirectories, synthesizeStack } from './deployed-app';

afterAll(removeTemporaryDirectories);

/** What is said of a template with one pool of these properties. */
function faultsOf(properties: object): string[] {
  const assembly = synthesizeStack((stack) => {
    new CfnUserPool(stack, 'Pool').addOverride('Properties', properties);
  });
  return findUnsupported(readAssembly(assembly), registry);
}

test('a pool with every factor, function and setting that runs here or has no local meaning passes', () => {
  const assembly = synthesizeStack((stack) => {
    const pool = new CfnUserPool(stack, 'Pool', {
      userPoolTier: 'ESSENTIALS',
      userPoolAddOns: { advancedSecurityMode: 'OFF' },
      emailConfiguration: { emailSendingAccount: 'DEVELOPER', sourceArn: 'arn' },
      mfaConfiguration: 'OPTIONAL',
      enabledMfas: ['SOFTWARE_TOKEN_MFA'],
      policies: { signInPolicy: { allowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'WEB_AUTHN'] } },
      webAuthnRelyingPartyId: 'example.com',
      webAuthnUserVerification: 'preferred',
      lambdaConfig: {
        createAuthChallenge: 'arn',
        customMessage: 'arn',
        defineAuthChallenge: 'arn',
        postAuthentication: 'arn',
        postConfirmation: 'arn',
        preAuthentication: 'arn',
        preSignUp: 'arn',
        preTokenGeneration: 'arn',
        userMigration: 'arn',
        verifyAuthChallengeResponse: 'arn',
      },
    });
    new CfnUserPoolClient(stack, 'Client', {
      userPoolId: pool.ref,
      supportedIdentityProviders: ['COGNITO', 'Google'],
      explicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_CUSTOM_AUTH'],
      refreshTokenRotation: { feature: 'ENABLED', retryGracePeriodSeconds: 60 },
      callbackUrLs: ['https://app.example.com/'],
    });
    new CfnUserPoolGroup(stack, 'Group', { userPoolId: pool.ref, groupName: 'admin', precedence: 1 });
  });
  expect(findUnsupported(readAssembly(assembly), registry)).toEqual([]);
});

test.each([
  [
    { LambdaConfig: { CustomEmailSender: { LambdaArn: 'arn' } } },
    'LambdaConfig CustomEmailSender is not supported.',
  ],
  [{ MfaConfiguration: 'ON' }, 'MfaConfiguration ON needs SOFTWARE_TOKEN_MFA'],
  [
    { MfaConfiguration: 'OPTIONAL', EnabledMfas: ['SOFTWARE_TOKEN_MFA', 'SMS_MFA'] },
    'EnabledMfas SMS_MFA is not supported',
  ],
  [
    { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'SMS_OTP'] } } },
    'SMS_OTP is not supported',
  ],
])('%j is refused before anything starts', (properties, sentence) => {
  expect(faultsOf(properties)).toEqual([
    expect.stringContaining(`AWS::Cognito::UserPool Pool in example: ${sentence}`),
  ]);
});
