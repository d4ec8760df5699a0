/**
 * Values of templates as text that is the same in every environment: references as `${path of the construct}`, ARNs
 * written out, and account, region and the name of the deployment by their names.
 */
import type { Stack, Stacks } from './stacks';

/** What a type's ARN looks like: attribute -> ARN, with `_` where the resource is named. `Ref` for what `Ref` answers. */
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
  // lambdas/signing-key answers with the secret as its physical id.
  'Custom::SigningKey': { Ref: 'secretsmanager:R:A:secret:_' },
  'AWS::SecretsManager::Secret': { Ref: 'secretsmanager:R:A:secret:_', Id: 'secretsmanager:R:A:secret:_' },
};

/** Attributes by which a resource is named in an ARN. */
const names = new Set(['Ref', 'DbiResourceId', 'MasterUserSecret.SecretArn']);

const named = (name: string): string => `\${${name}}`;

const pseudo: Readonly<Record<string, string>> = {
  'AWS::AccountId': named('account'),
  'AWS::Partition': 'aws',
  'AWS::Region': named('region'),
  'AWS::StackName': named('stack'),
  'AWS::URLSuffix': 'amazonaws.com',
};

/** @throws when the value has an intrinsic function that is not known here */
export function canonical(value: unknown, stack: Stack, stacks: Stacks): string {
  const render = (part: unknown): string => canonical(part, stack, stacks);
  if (typeof value === 'string') return literal(value, stack, stacks);
  const [name, input] = Object.entries(value ?? {})[0] ?? [];
  switch (name) {
    case 'Ref':
      return pseudo[input as string] ?? reference(stack, input as string, 'Ref');
    case 'Fn::GetAtt':
      return reference(stack, ...(input as [string, string]));
    case 'Fn::Join': {
      const [between, parts] = input as [string, unknown[]];
      return parts.map(render).join(between);
    }
    case 'Fn::Sub':
      return substitute(input, stack, render);
    case 'Fn::Select': {
      const [place, list] = input as [number, { 'Fn::Split'?: [string, unknown] }];
      const [at, whole] = list['Fn::Split'] ?? [];
      if (at !== undefined) return render(whole).split(at)[Number(place)] ?? '';
      break;
    }
    case 'Fn::ImportValue':
      return exported(input, stacks, (output) => output.Export?.Name === input);
    case 'Fn::GetStackOutput': {
      const { StackName, OutputName } = input as { StackName: string; OutputName: string };
      return exported(input, stacks, (_output, id, from) => id === OutputName && from === StackName);
    }
  }
  throw new Error(
    `${stack.name}: expected a text, a reference or a text made of them, found ${JSON.stringify(value)}. ` +
      'Teach scripts/audit/canonical.ts how to write it.',
  );
}

/** Regions only where they stand for themselves, between two colons or as a whole. */
function literal(text: string, stack: Stack, { deployment }: Stacks): string {
  const withoutRegion =
    text === stack.region ? named('region') : text.replaceAll(`:${stack.region}:`, `:${named('region')}:`);
  return withoutRegion.replaceAll(deployment, named('deployment'));
}

function reference(stack: Stack, logicalId: string, attribute: string): string {
  const type = stack.template.Resources?.[logicalId]?.Type ?? '';
  const path = stack.paths.get(logicalId) ?? `${stack.shortName}/${logicalId}`;
  const arn = arns[type]?.[attribute];
  if (!arn) return named(names.has(attribute) ? path : `${path}.${attribute}`);
  const whole = arn.replace(':R:', `:${named('region')}:`).replace(':A:', `:${named('account')}:`);
  return `arn:aws:${whole.replace('_', () => named(path))}`;
}

function substitute(input: unknown, stack: Stack, render: (value: unknown) => string): string {
  const [text, values] = (Array.isArray(input) ? input : [input, {}]) as [string, Record<string, unknown>];
  return text.replace(/\$\{([^!}][^}]*)\}/g, (_whole, name: string) => {
    if (name in values) return render(values[name]);
    const [logicalId = '', ...attribute] = name.split('.');
    return attribute.length > 0 ? reference(stack, logicalId, attribute.join('.')) : render({ Ref: name });
  });
}

type Output = { readonly Value: unknown; readonly Export?: { readonly Name: unknown } };

function exported(
  wanted: unknown,
  stacks: Stacks,
  is: (output: Output, id: string, stack: string) => boolean,
): string {
  for (const stack of stacks.byName.values()) {
    for (const [id, output] of Object.entries(stack.template.Outputs ?? {})) {
      if (is(output, id, stack.name)) return canonical(output.Value, stack, stacks);
    }
  }
  throw new Error(`No stack of the assembly exports ${JSON.stringify(wanted)}`);
}
