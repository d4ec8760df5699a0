import {
  ArnFormat,
  CfnOutput,
  CfnResource,
  CliCredentialsStackSynthesizer,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config/schema';
import { acknowledge, regulated } from '../constructs/acknowledge';
import { pack, statementsFor } from '../guardrails/deployment/policies';
import type { Reach } from '../guardrails/deployment/scopes';
import { checkPolicies } from '../guardrails/rules';
import { type Statement, statementsIn } from '../iam/policy';
import { outputs } from '../outputs';

const issuer = 'token.actions.githubusercontent.com';
const audience = 'sts.amazonaws.com';

/** Of a bootstrap that chose no other. */
const defaultQualifier = 'hnb659fds';

/** IAM attaches as many to a role. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const mostPolicies = 10;

/** What the CDK adds while it synthesizes, after this stack has looked: an instance gets IMDSv2 by a launch template. */
const madeAtSynthesis: Readonly<Record<string, readonly string[]>> = {
  'AWS::EC2::Instance': ['AWS::EC2::LaunchTemplate'],
};

export interface DeploymentStackProps extends StackProps {
  readonly github: NonNullable<EnvironmentConfig['github']>;
  readonly permissionsBoundaryArn?: string | undefined;
  /** `landfall-<environment>`: what the names of all stacks begin with. */
  readonly prefix: string;
  /** What is deployed. They are complete: what is added to them later, nobody may deploy. */
  readonly deployed: readonly Stack[];
  /** Secrets that templates read, by name. */
  readonly namedSecrets: readonly string[];
}

/**
 * Who may deploy, and what the deployment may do. An administrator deploys this stack, with credentials of their own
 * and not through the roles that it limits.
 */
export class DeploymentStack extends Stack {
  constructor(scope: Construct, id: string, props: DeploymentStackProps) {
    super(scope, id, { ...props, synthesizer: new CliCredentialsStackSynthesizer() });
    const { github, deployed, prefix } = props;
    const regions = [...new Set([this.region, ...deployed.map(({ region }) => region)])];

    const role = this.#role(github, regions);
    const policies = this.#policies(props, regions);

    new CfnOutput(this, outputs.deployRoleArn, {
      value: role.roleArn,
      description: `AWS_DEPLOY_ROLE_ARN of the GitHub environment ${github.environment}`,
    });
    new CfnOutput(this, outputs.executionPolicyArns, {
      value: policies.map(({ managedPolicyArn }) => managedPolicyArn).join(','),
      description: `For cdk bootstrap --cloudformation-execution-policies, with which ${prefix} is deployed`,
    });
  }

  /** What a job becomes: it may hand a deployment over to the CDK's roles, and do nothing by itself. */
  #role(github: DeploymentStackProps['github'], regions: readonly string[]) {
    const { repository, environment, providerArn, qualifier = defaultQualifier } = github;
    const provider =
      providerArn ??
      // No thumbprints: AWS trusts GitHub's certificate by its authority.
      new iam.CfnOIDCProvider(this, 'GitHub', { url: `https://${issuer}`, clientIdList: [audience] }).attrArn;
    const role = new iam.Role(this, 'GitHubRole', {
      roleName: `${this.stackName}-github`,
      description: `Jobs of ${repository} in the GitHub environment ${environment}`,
      assumedBy: new iam.WebIdentityPrincipal(provider, {
        StringEquals: {
          [`${issuer}:aud`]: audience,
          // Without a wildcard: neither a pull request nor another branch or repository says the same.
          [`${issuer}:sub`]: `repo:${repository}:environment:${environment}`,
        },
      }),
    });
    const own = (service: string, resource: string, resourceName: string, region = '') =>
      this.formatArn({ service, region, resource, resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
    new iam.ManagedPolicy(this, 'GitHubPolicy', {
      managedPolicyName: `${this.stackName}-github`,
      description: 'Deploys through the roles of the CDK bootstrap',
      roles: [role],
      statements: [
        new iam.PolicyStatement({
          actions: ['sts:AssumeRole'],
          resources: regions.flatMap((region) =>
            ['deploy-role', 'file-publishing-role', 'lookup-role'].map((purpose) =>
              own('iam', 'role', `cdk-${qualifier}-${purpose}-${this.account}-${region}`),
            ),
          ),
        }),
        new iam.PolicyStatement({
          actions: ['ssm:GetParameter'],
          resources: regions.map((region) =>
            own('ssm', 'parameter', `cdk-bootstrap/${qualifier}/version`, region),
          ),
        }),
      ],
    });
    return role;
  }

  /** For the role that CloudFormation works with; it has no other rights. */
  #policies(props: DeploymentStackProps, regions: readonly string[]): iam.ManagedPolicy[] {
    const { deployed, prefix, namedSecrets, permissionsBoundaryArn } = props;
    const resources = deployed.flatMap((stack) =>
      stack.node
        .findAll()
        .filter((construct) => CfnResource.isCfnResource(construct))
        .map((resource) => ({ stack, resource, type: resource.cfnResourceType })),
    );
    const types = resources.flatMap(({ type, stack: { region } }) =>
      [type, ...(madeAtSynthesis[type] ?? [])].map((each) => ({ type: each, region })),
    );
    const reach: Reach = {
      partition: this.partition,
      account: this.account,
      regions,
      prefix,
      qualifier: props.github.qualifier ?? defaultQualifier,
      secrets: resources
        .filter(({ type }) => type === 'AWS::SecretsManager::Secret')
        .map(({ stack, resource }) => stack.getLogicalId(resource)),
      namedSecrets,
    };
    const iamArn = (resource: string, resourceName: string) =>
      this.formatArn({ service: 'iam', region: '', resource, resourceName });
    const statements = statementsFor({
      reach,
      types,
      passedTo: servicesTrusted(resources.map(({ resource }) => resource)),
      permissionsBoundaryArn,
      untouchable: [
        iamArn('role', `${this.stackName}-*`),
        iamArn('policy', `${this.stackName}-*`),
        iamArn('role', 'cdk-*'),
        ...(permissionsBoundaryArn ? [permissionsBoundaryArn] : []),
      ],
    });
    const documents = pack(statements, lengthOf);
    if (documents.length > mostPolicies) {
      throw new Error(
        `${prefix} needs ${documents.length} policies to be deployed, and IAM attaches ${mostPolicies} to a role. Fix: ` +
          'shorten lib/guardrails/deployment/scopes.ts, or have the quota of the account raised.',
      );
    }
    return documents.map((document, index) => {
      const policy = new iam.ManagedPolicy(this, `Execution${index + 1}`, {
        managedPolicyName: `${this.stackName}-${index + 1}`,
        description: `What CloudFormation may do for ${prefix}, part ${index + 1} of ${documents.length}`,
        document: iam.PolicyDocument.fromJson({ Version: '2012-10-17', Statement: document }),
      });
      explainWildcards(policy, document);
      return policy;
    });
  }
}

/** Services that the trust policies of roles name. */
function servicesTrusted(resources: readonly CfnResource[]): string[] {
  const services = resources
    .filter((resource) => resource instanceof iam.CfnRole || resource.cfnResourceType === 'AWS::IAM::Role')
    .flatMap((role) => {
      const { AssumeRolePolicyDocument } = propertiesOf(role);
      return statementsIn(AssumeRolePolicyDocument as Parameters<typeof statementsIn>[0]);
    })
    .flatMap(({ Principal }) => (Principal as { Service?: string | string[] } | undefined)?.Service ?? []);
  return [...new Set(services)].sort();
}

/** Also those of the CDK's own custom resources, which know a role by its properties only. */
function propertiesOf(role: CfnResource): Readonly<Record<string, unknown>> {
  const [resource] = Object.values(
    (role.stack.resolve(role._toCloudFormation()) as { Resources: Record<string, unknown> }).Resources,
  );
  return (resource as { Properties: Record<string, unknown> }).Properties;
}

/** The only one in these policies is the account's id. */
const tokens = /\$\{Token\[[^\]]+\]\}/g;

/** As IAM counts: an account id has twelve digits, whatever stands for it here. */
const lengthOf = (statement: Statement): number =>
  JSON.stringify(statement).replaceAll(tokens, '123456789012').length;

/** What our own rules have against deploying at all. Whatever else they find stays open. */
const inherent: Readonly<Record<string, string>> = {
  'any-resource':
    'Services make up the ids of what CloudFormation creates; what has the tag of another deployment is denied.',
  escalation:
    'Who deploys roles, policies and code decides what they may do; only CloudFormation has this policy, on behalf of the one GitHub environment.',
  'mismatched-resource':
    'CloudFormation lists actions for variants of a type that these stacks do not have; they get no resource, and so no right.',
};

/** Rules that object to a policy with these statements. */
const findingsIn = (Statement: readonly Statement[]): string[] =>
  checkPolicies({
    policy: {
      Resources: {
        Policy: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: { Statement } } },
      },
    },
  }).map(({ rule }) => rule);

/** Accepts the wildcards of one policy, and what its checks have against deploying at all. */
function explainWildcards(policy: iam.ManagedPolicy, document: readonly Statement[]): void {
  const wildcards = document
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Resource }) => [Resource].flat() as string[])
    .filter((arn) => arn.includes('*'))
    .map((arn) => arn.replace(tokens, '<AWS::AccountId>'));
  acknowledge(
    policy,
    {
      reason:
        'CloudFormation makes up the rest of a name, or all of an id; the tag of another deployment is denied. What is allowed on everything has no resource at AWS.',
      date: '2026-11-26',
    },
    ...wildcards.map((arn) => `AwsSolutions-IAM5[Resource::${arn}]`),
  );
  const found = new Set(findingsIn(document));
  for (const [rule, reason] of Object.entries(inherent)) {
    if (found.has(rule)) acknowledge(policy, { reason, date: '2026-11-26' }, `Landfall::${rule}`);
  }
  if (document.some(({ Effect }) => Effect === 'Deny')) {
    acknowledge(
      policy,
      {
        reason: 'The statements with all actions deny; the packs do not look at the effect.',
        date: '2026-11-26',
      },
      ...regulated('IAMPolicyNoStatementsWithAdminAccess'),
      ...regulated('IAMPolicyNoStatementsWithFullAccess'),
    );
  }
}
