import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** Lets a grantee read the value of a secret. `grantRead` would also let it describe the secret, which nobody does. */
export function allowToRead(grantee: IGrantable, secret: ISecret): Grant {
  // Secrets Manager adds six characters to the name, which a reference by name does not have.
  const arn = secret.secretFullArn ?? `${secret.secretArn}-??????`;
  return Grant.addToPrincipal({
    grantee,
    actions: ['secretsmanager:GetSecretValue'],
    resourceArns: [arn],
  });
}
