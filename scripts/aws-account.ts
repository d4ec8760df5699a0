/** What a deployment asks an AWS account before it begins. Clients are loaded when they are needed. */

/** Resolved by the SDK's default chain, which reads the same variables, profiles and sessions as the CDK CLI. */
export async function credentials(region: string) {
  // Which Node is old enough to warn about is said by `engines`, not by each library.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const { S3Client } = await import('@aws-sdk/client-s3');
  const { accountId } = await new S3Client({ region }).config.credentials();
  return { accountId };
}

export async function bootstrapVersion(region: string, qualifier = 'hnb659fds'): Promise<number | undefined> {
  const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm');
  // hnb659fds is the qualifier of every bootstrap stack that did not choose another one.
  const command = new GetParameterCommand({ Name: `/cdk-bootstrap/${qualifier}/version` });
  const answer = await unless('ParameterNotFound', new SSMClient({ region }).send(command));
  return answer && Number(answer.Parameter?.Value);
}

export async function lambdaQuota(region: string): Promise<number> {
  const { GetAccountSettingsCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  const { AccountLimit } = await new LambdaClient({ region }).send(new GetAccountSettingsCommand({}));
  if (AccountLimit?.ConcurrentExecutions === undefined) throw new Error('Lambda named no limit');
  return AccountLimit.ConcurrentExecutions;
}

export async function mailIdentityVerified(region: string, identity: string): Promise<boolean> {
  const { GetEmailIdentityCommand, SESv2Client } = await import('@aws-sdk/client-sesv2');
  const command = new GetEmailIdentityCommand({ EmailIdentity: identity });
  const answer = await unless('NotFoundException', new SESv2Client({ region }).send(command));
  return answer?.VerifiedForSendingStatus ?? false;
}

export async function mailsToAnybody(region: string): Promise<boolean> {
  const { GetAccountCommand, SESv2Client } = await import('@aws-sdk/client-sesv2');
  const { ProductionAccessEnabled } = await new SESv2Client({ region }).send(new GetAccountCommand({}));
  return ProductionAccessEnabled ?? false;
}

export async function secretExists(region: string, name: string): Promise<boolean> {
  const { DescribeSecretCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const command = new DescribeSecretCommand({ SecretId: name });
  const answer = await unless(
    'ResourceNotFoundException',
    new SecretsManagerClient({ region }).send(command),
  );
  return answer !== undefined && answer.DeletedDate === undefined;
}

/** The answer, or undefined when the service has nothing of that name. */
async function unless<T>(missing: string, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as Error).name === missing) return undefined;
    throw error;
  }
}
