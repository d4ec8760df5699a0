/**
 * Resources of statements as text that is the same in every environment: ARNs written out, references by the paths of
 * their constructs, and account, region and the name of the deployment by what they are.
 */
import type { AuditedAssembly, Pointer } from './assembly';
import { account, region, Values } from './values';

/** What a type's ARN looks like: attribute -> ARN, with `R` for the region, `A` for the account and `_` for the name. */
const arns: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'AWS::Cognito::UserPool': { Arn: 'cognito-idp:R:A:userpool/_' },
  'AWS::DynamoDB::Table': { Arn: 'dynamodb:R:A:table/_' },
  'AWS::ElastiCache::User': { Arn: 'elasticache:R:A:user:_' },
  'AWS::Events::Rule': { Arn: 'events:R:A:rule/_' },
  'AWS::IAM::ManagedPolicy': { Ref: 'iam::A:policy/_' },
  'AWS::IAM::Role': { Arn: 'iam::A:role/_' },
  'AWS::KMS::Key': { Arn: 'kms:R:A:key/_' },
  'AWS::Lambda::Alias': { Ref: 'lambda:R:A:function:_' },
  'AWS::Lambda::Function': { Arn: 'lambda:R:A:function:_' },
  'AWS::Lambda::Version': { Ref: 'lambda:R:A:function:_' },
  'AWS::Logs::LogGroup': { Arn: 'logs:R:A:log-group:_:*' },
  'AWS::RDS::DBInstance': { 'MasterUserSecret.SecretArn': 'secretsmanager:R:A:secret:_' },
  'AWS::RDS::DBProxy': { DBProxyArn: 'rds:R:A:db-proxy:_' },
  'AWS::S3::Bucket': { Arn: 's3:::_' },
  'AWS::SNS::Topic': { Ref: 'sns:R:A:_', TopicArn: 'sns:R:A:_' },
  'AWS::SQS::Queue': { Arn: 'sqs:R:A:_' },
  'AWS::SecretsManager::Secret': { Ref: 'secretsmanager:R:A:secret:_', Id: 'secretsmanager:R:A:secret:_' },
  // lambdas/signing-key answers with the secret as its physical id.
  'Custom::SigningKey': { Ref: 'secretsmanager:R:A:secret:_' },
};

export class Canonical {
  readonly #values: Values;

  constructor(private readonly assembly: AuditedAssembly) {
    this.#values = new Values(assembly);
  }

  /** @param stackName full name of the stack that the value is written in */
  write(value: unknown, stackName: string): string {
    return this.#values
      .parts(value, stackName)
      .map((part, place) => (typeof part === 'string' ? this.#text(part) : pointerText(part, place === 0)))
      .join('');
  }

  /** A region only where it stands for itself, between two colons. */
  #text(text: string): string {
    const { account: id, regions, deployment } = this.assembly;
    const withoutRegion = regions.reduce(
      (written, name) => written.replaceAll(`:${name}:`, `:${region}:`),
      text,
    );
    const anywhere = id === undefined ? withoutRegion : withoutRegion.replaceAll(id, account);
    return anywhere.replaceAll(deployment, reference('deployment'));
  }
}

const reference = (name: string): string => `\${${name}}`;

/** Within an ARN a resource is named by its id; the id of a proxy is cut out of its ARN. */
function pointerText({ resource: { type, path }, attribute }: Pointer, first: boolean): string {
  const arn = arns[type]?.[attribute];
  if (arn && first) {
    const whole = arn.replace(':R:', `:${region}:`).replace(':A:', `:${account}:`);
    return `arn:aws:${whole.replace('_', () => reference(path))}`;
  }
  const isName = arn || attribute === 'Ref' || attribute === 'DbiResourceId';
  return reference(isName ? path : `${path}.${attribute}`);
}
