import type { Templates } from './template';

/**
 * A value of a template as one text: what only a deployment knows is `<>`, `<account>` is the account that
 * it goes to, and the ARN of a resource has the form that its type has.
 */
export type Written = (value: unknown) => string;

/** Stands for what only a deployment knows. */
export const unknown = '<>';

/** Stands for the account of the deployment. */
export const ourAccount = '<account>';

/** Forms of ARNs by type, where a Ref or GetAtt is one. */
const arns: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Alarm': 'cloudwatch:alarm:<>',
  'AWS::Cognito::UserPool': 'cognito-idp:userpool/<>',
  'AWS::DynamoDB::Table': 'dynamodb:table/<>',
  'AWS::Events::EventBus': 'events:event-bus/<>',
  'AWS::Events::Rule': 'events:rule/<>',
  'AWS::IAM::ManagedPolicy': 'iam:policy/<>',
  'AWS::IAM::Role': 'iam:role/<>',
  'AWS::KMS::Key': 'kms:key/<>',
  'AWS::Lambda::Function': 'lambda:function:<>',
  'AWS::Logs::LogGroup': 'logs:log-group:<>:*',
  'AWS::SNS::Topic': 'sns:<>',
  'AWS::SQS::Queue': 'sqs:<>',
  'AWS::SecretsManager::Secret': 'secretsmanager:secret:<>',
  'AWS::StepFunctions::StateMachine': 'states:stateMachine:<>',
};

/** Types whose Ref is their ARN. */
const referredByArn: ReadonlySet<string> = new Set([
  'AWS::IAM::ManagedPolicy',
  'AWS::SNS::Topic',
  'AWS::SecretsManager::Secret',
  'AWS::StepFunctions::StateMachine',
]);

/** Reads the values of one stack; those that it takes from another stack, there. */
export function writer(templates: Templates, stack: string): Written {
  const { Resources = {} } = templates[stack] ?? {};
  const write: Written = (value) => {
    if (Array.isArray(value)) return value.map(write).join(',');
    if (typeof value !== 'object' || value === null) return String(value ?? '');
    const [[name, argument] = []] = Object.entries(value);
    switch (name) {
      case 'Ref':
        return writeRef(argument as string);
      case 'Fn::GetAtt': {
        const [id, attribute] = (typeof argument === 'string' ? argument.split('.', 2) : argument) as [
          string,
          string,
        ];
        return attribute === 'Arn' ? arnOf(Resources[id]?.Type) : unknown;
      }
      case 'Fn::Join': {
        const [between, parts] = argument as [string, unknown];
        return Array.isArray(parts) ? parts.map(write).join(between) : write(parts);
      }
      case 'Fn::Sub': {
        const [text] = [argument].flat() as [string];
        return text.replace(/\$\{([^}]*)\}/g, (_, id: string) => (id.includes('.') ? unknown : writeRef(id)));
      }
      case 'Fn::Base64':
        return write(argument);
      case 'Fn::ImportValue':
      case 'Fn::GetStackOutput':
        return writeOutput(templates, argument);
      default:
        return unknown;
    }
  };
  const writeRef = (id: string): string => {
    if (id === 'AWS::AccountId') return ourAccount;
    if (id.startsWith('AWS::')) return unknown;
    const type = Resources[id]?.Type ?? '';
    return referredByArn.has(type) ? arnOf(type) : unknown;
  };
  return write;
}

function arnOf(type: string | undefined): string {
  if (type === 'AWS::S3::Bucket') return `arn:${unknown}:s3:::${unknown}`;
  const form = arns[type ?? ''];
  if (!form) return unknown;
  const [service, ...rest] = form.split(':');
  const region = service === 'iam' ? '' : unknown;
  return `arn:${unknown}:${service}:${region}:${ourAccount}:${rest.join(':')}`;
}

function writeOutput(templates: Templates, argument: unknown): string {
  for (const [stack, { Outputs = {} }] of Object.entries(templates)) {
    for (const [name, { Value, Export }] of Object.entries(Outputs)) {
      const { StackName, OutputName } = (argument ?? {}) as { StackName?: string; OutputName?: string };
      const isIt =
        typeof argument === 'string' ? Export?.Name === argument : StackName === stack && OutputName === name;
      if (isIt) return writer(templates, stack)(Value);
    }
  }
  return unknown;
}
