/** What a person calls a resource: `the documents bucket`. */
import type { AuditedAssembly, Resource } from './assembly';

const nouns: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Account': 'API Gateway settings of the account',
  'AWS::ApiGateway::Authorizer': 'authorizer',
  'AWS::ApiGateway::Method': 'route',
  'AWS::ApiGateway::RestApi': 'API',
  'AWS::ApiGateway::Stage': 'API stage',
  'AWS::Chatbot::SlackChannelConfiguration': 'Slack channel',
  'AWS::CloudFront::Distribution': 'distribution',
  'AWS::CodeDeploy::Application': 'deployment application',
  'AWS::CodeDeploy::DeploymentGroup': 'deployment group',
  'AWS::Cognito::UserPool': 'user pool',
  'AWS::Cognito::UserPoolClient': 'user pool client',
  'AWS::Cognito::UserPoolDomain': 'user pool domain',
  'AWS::Cognito::UserPoolGroup': 'group of users',
  'AWS::DynamoDB::Table': 'table',
  'AWS::EC2::EIP': 'public address',
  'AWS::EC2::EgressOnlyInternetGateway': 'egress-only internet gateway',
  'AWS::EC2::FlowLog': 'flow log',
  'AWS::EC2::Instance': 'instance',
  'AWS::EC2::InstanceConnectEndpoint': 'Instance Connect endpoint',
  'AWS::EC2::InternetGateway': 'internet gateway',
  'AWS::EC2::NatGateway': 'NAT gateway',
  'AWS::EC2::SecurityGroup': 'security group',
  'AWS::EC2::Subnet': 'subnet',
  'AWS::EC2::VPC': 'VPC',
  'AWS::EC2::VPCEndpoint': 'VPC endpoint',
  'AWS::ElastiCache::ReplicationGroup': 'cache',
  'AWS::ElastiCache::User': 'cache user',
  'AWS::Events::Rule': 'rule',
  'AWS::GuardDuty::MalwareProtectionPlan': 'malware protection plan',
  'AWS::IAM::ManagedPolicy': 'policy',
  'AWS::IAM::OIDCProvider': 'identity provider',
  'AWS::IAM::Policy': 'policy',
  'AWS::IAM::Role': 'role',
  'AWS::KMS::Key': 'key',
  'AWS::Lambda::Function': 'function',
  'AWS::Lambda::LayerVersion': 'layer',
  'AWS::Logs::LogGroup': 'log group',
  'AWS::RDS::DBInstance': 'database',
  'AWS::RDS::DBProxy': 'database proxy',
  'AWS::S3::Bucket': 'bucket',
  'AWS::SNS::Topic': 'topic',
  'AWS::SQS::Queue': 'queue',
  'AWS::Scheduler::Schedule': 'schedule',
  'AWS::Scheduler::ScheduleGroup': 'group of schedules',
  'AWS::SecretsManager::Secret': 'secret',
};

/** Steps of a path that say what a construct is, and not which one. */
const generic = new Set(['Function', 'Instance', 'Role', 'Resource', 'Default', 'Policy']);

/** Attributes that are a thing of their own. */
const attributes: Readonly<Record<string, string>> = {
  'MasterUserSecret.SecretArn': 'the password of the master user of',
  DefaultSecurityGroup: 'the default security group of',
};

export class Names {
  readonly #phrases = new Map<Resource, string>();

  constructor(assembly: AuditedAssembly) {
    const byPhrase = new Map<string, Resource[]>();
    for (const resource of assembly.resources) {
      const phrase = phraseOf(resource);
      byPhrase.set(phrase, [...(byPhrase.get(phrase) ?? []), resource]);
    }
    for (const [phrase, resources] of byPhrase) {
      for (const resource of resources) {
        // Two stacks may have the same name for two things.
        this.#phrases.set(resource, resources.length > 1 ? `${phrase} of ${resource.stack}` : phrase);
      }
    }
  }

  /** With its article: `the documents bucket`. */
  the(resource: Resource, attribute?: string): string {
    const of = attribute && attributes[attribute];
    const phrase = this.#phrases.get(resource) ?? phraseOf(resource);
    return of ? `${of} the ${phrase}` : `the ${phrase}`;
  }

  /** Alone: `documents bucket`. */
  plain(resource: Resource): string {
    return this.#phrases.get(resource) ?? phraseOf(resource);
  }
}

function phraseOf({ type, path: at }: Resource): string {
  const noun = nouns[type] ?? spaced(type.split('::').at(-1) as string);
  const name = nameOf(at);
  const plain = noun.toLowerCase();
  const lower = name.toLowerCase();
  // `the database`, and not `the database database`.
  if (plain === lower || plain.endsWith(` ${lower}`)) return noun;
  if (lower.endsWith(` ${plain}`)) return name;
  const words = name.split(' ');
  const [first, last] = [plain.split(' ')[0], plain.split(' ').at(-1)];
  const repeated = words.length > 1 && (words.at(-1) === first || words.at(-1) === last);
  return `${repeated ? words.slice(0, -1).join(' ') : name} ${noun}`;
}

/** The steps of a path below its stack, as words. */
function nameOf(at: string): string {
  const steps = at.split('/').slice(1);
  while (steps.length > 1 && generic.has(steps.at(-1) as string)) steps.pop();
  const words = steps.filter((step, index) => index === steps.length - 1 || !generic.has(step)).map(spaced);
  // A child that repeats its parent adds nothing.
  return words.filter((word, index) => word !== words[index - 1]).join(' ');
}

/** `MagicLink` -> `magic link`; a name with hyphens is a name and stays. */
export function spaced(step: string): string {
  if (step.includes('-')) return step;
  return (
    step
      .replace(/^(Custom::|AWSCDK\.)/, '')
      .replace('GitHub', 'Github')
      // The CDK's providers have it in their names, one of them twice.
      .replace(/(CustomResourceProvider)+$/, '')
      .replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
      .split(' ')
      .map((word) => (/^[A-Z0-9]{2,}$/.test(word) ? word : word.toLowerCase()))
      .join(' ')
  );
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[], conjunction = 'and'): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${conjunction} ${items.at(-1)}`;
}
