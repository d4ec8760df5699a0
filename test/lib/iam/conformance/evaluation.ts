/** How the kinds of policies add up, in one account and across two. */
import {
  allow,
  anonymous,
  boundary,
  bucket,
  type Case,
  deny,
  type Group,
  iam,
  identity,
  objectArn,
  otherAccount,
  policy,
  queue,
  resource,
  role,
  roleArn,
  root,
  service,
  session,
  sessionArn,
} from './case';

const logic = iam('reference_policies_evaluation-logic');
const denyAllow = iam('reference_policies_evaluation-logic_policy-eval-denyallow');
const basics = iam('reference_policies_evaluation-logic_policy-eval-basics');
const explicit = iam('reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay');
const crossAccount = iam('reference_policies_evaluation-logic-cross-account');
const boundaries = iam('access_policies_boundaries');
const principal = iam('reference_policies_elements_principal');

const get = { caller: role, action: 's3:GetObject', resource: objectArn };
const inSession = { ...get, caller: session };
const foreign = { ...get, resourceAccount: otherAccount };
const objects = `${bucket}/*`;
const named = (AWS: unknown) => ({ Principal: { AWS } });

const iamPolicy = identity(
  allow(['iam:Get*', 'iam:List*'], '*', { Sid: 'AllowGetList' }),
  deny('iam:*Report', '*', { Sid: 'DenyReports' }),
);
const carlos = identity(
  allow(['s3:GetBucketLocation', 's3:ListAllMyBuckets'], 'arn:aws:s3:::*', { Sid: 'AllowS3ListRead' }),
  allow('s3:*', ['arn:aws:s3:::carlossalazar/*', 'arn:aws:s3:::carlossalazar'], { Sid: 'AllowS3Self' }),
  deny('s3:*', 'arn:aws:s3:::*log*', { Sid: 'DenyS3Logs' }),
);
const production = {
  ...identity(
    allow('s3:*Object*', 'arn:aws:s3:::Production/*'),
    deny('s3:*', ['arn:aws:s3:::*log*', 'arn:aws:s3:::*log*/*']),
  ),
  ...resource(allow(['s3:GetObject*', 's3:PutObject*'], 'arn:aws:s3:::Production/*', named(roleArn))),
};

const oneAccount: readonly Case[] = [
  {
    name: 'a request is denied when no policy says anything',
    source: denyAllow,
    request: get,
    policies: {},
    expected: 'no identity',
  },
  {
    name: 'an Allow of an identity policy is enough',
    source: basics,
    request: get,
    policies: identity(allow('s3:GetObject', objects)),
    expected: 'allow',
  },
  {
    name: 'an Allow of another action leaves the request denied',
    source: denyAllow,
    request: get,
    policies: identity(allow('s3:PutObject', objects)),
    expected: 'no identity',
  },
  {
    name: 'an Allow of another resource leaves the request denied',
    source: denyAllow,
    request: get,
    policies: identity(allow('s3:GetObject', `${bucket}/videos/*`)),
    expected: 'no identity',
  },
  {
    name: 'an Allow of a resource policy is enough, without any identity policy',
    source: basics,
    request: get,
    policies: resource(allow('s3:GetObject', objects, named(roleArn))),
    expected: 'allow',
  },
  {
    name: 'an identity policy that says nothing does not take away what the resource policy allows',
    source: basics,
    request: get,
    policies: {
      ...identity(allow('s3:ListAllMyBuckets', '*')),
      ...resource(allow('s3:GetObject', objects, named(roleArn))),
    },
    expected: 'allow',
  },
  {
    name: 'a resource policy that says nothing does not take away what the identity policy allows',
    source: basics,
    request: get,
    policies: {
      ...identity(allow('s3:GetObject', objects)),
      ...resource(allow('s3:PutObject', objects, named(roleArn))),
    },
    expected: 'allow',
  },
  {
    name: 'a Deny beats an Allow in the same policy',
    source: explicit,
    request: get,
    policies: identity(allow('s3:*', '*'), deny('s3:GetObject', objects)),
    expected: 'explicit deny',
  },
  {
    name: 'a Deny beats an Allow that comes after it',
    source: explicit,
    request: get,
    policies: identity(deny('s3:GetObject', objects), allow('s3:*', '*')),
    expected: 'explicit deny',
  },
  {
    name: 'a Deny in a second identity policy beats the Allow in the first',
    source: denyAllow,
    request: get,
    policies: { identity: [policy('a', allow('s3:*', '*')), policy('b', deny('s3:*', objects))] },
    expected: 'explicit deny',
  },
  {
    name: 'a second identity policy adds what the first does not allow',
    source: denyAllow,
    request: get,
    policies: {
      identity: [policy('a', allow('s3:PutObject', '*')), policy('b', allow('s3:GetObject', objects))],
    },
    expected: 'allow',
  },
  {
    name: 'a Deny of the resource policy beats the Allow of the identity policy',
    source: logic,
    request: get,
    policies: { ...identity(allow('s3:*', '*')), ...resource(deny('s3:*', objects, { Principal: '*' })) },
    expected: 'explicit deny',
  },
  {
    name: 'a Deny of the identity policy beats the Allow of the resource policy',
    source: logic,
    request: get,
    policies: {
      ...identity(deny('s3:*', objects)),
      ...resource(allow('s3:GetObject', objects, named(roleArn))),
    },
    expected: 'explicit deny',
  },
  {
    name: 'a Deny of another resource denies nothing here',
    source: explicit,
    request: get,
    policies: identity(allow('s3:*', '*'), deny('s3:*', `${bucket}/videos/*`)),
    expected: 'allow',
  },
  {
    name: 'a Deny whose condition does not hold denies nothing',
    source: denyAllow,
    request: { ...get, context: { 'aws:SecureTransport': 'true' } },
    policies: identity(
      allow('s3:*', '*'),
      deny('s3:*', '*', { Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    ),
    expected: 'allow',
  },
  {
    name: 'iam:GetUser is allowed by iam:Get*',
    source: explicit,
    request: { caller: role, action: 'iam:GetUser', resource: 'arn:aws:iam::111122223333:user/a' },
    policies: iamPolicy,
    expected: 'allow',
  },
  {
    name: 'iam:CreatePolicy is denied because nothing allows it',
    source: explicit,
    request: { caller: role, action: 'iam:CreatePolicy', resource: '*' },
    policies: iamPolicy,
    expected: 'no identity',
  },
  {
    name: 'iam:GetOrganizationsAccessReport is denied by iam:*Report although iam:Get* allows it',
    source: explicit,
    request: { caller: role, action: 'iam:GetOrganizationsAccessReport', resource: '*' },
    policies: iamPolicy,
    expected: 'explicit deny',
  },
  {
    name: 'a further policy cannot allow a report that is denied',
    source: explicit,
    request: { caller: role, action: 'iam:GenerateCredentialReport', resource: '*' },
    policies: {
      identity: [...(iamPolicy.identity ?? []), policy('more', allow('iam:GenerateCredentialReport', '*'))],
    },
    expected: 'explicit deny',
  },
  {
    name: 'the logs bucket of the example is denied',
    source: basics,
    request: { caller: role, action: 's3:PutObject', resource: 'arn:aws:s3:::carlossalazar-logs/file' },
    policies: carlos,
    expected: 'explicit deny',
  },
  {
    name: 'the own bucket of the example is allowed',
    source: basics,
    request: { caller: role, action: 's3:PutObject', resource: 'arn:aws:s3:::carlossalazar/file' },
    policies: carlos,
    expected: 'allow',
  },
];

const twoAccounts: readonly Case[] = [
  {
    name: 'across accounts, both the identity policy and the resource policy allow',
    source: crossAccount,
    request: foreign,
    policies: {
      ...identity(allow('s3:GetObject', objects)),
      ...resource(allow('s3:GetObject', objects, named(roleArn))),
    },
    expected: 'allow',
  },
  {
    name: 'across accounts, an identity policy alone does not allow',
    source: crossAccount,
    request: foreign,
    policies: identity(allow('s3:GetObject', objects)),
    expected: 'no resource',
  },
  {
    name: 'across accounts, a resource policy alone does not allow',
    source: crossAccount,
    request: foreign,
    policies: resource(allow('s3:GetObject', objects, named(roleArn))),
    expected: 'no identity',
  },
  {
    name: 'across accounts, the resource policy may name the whole account of the caller',
    source: principal,
    request: foreign,
    policies: {
      ...identity(allow('s3:GetObject', objects)),
      ...resource(allow('s3:GetObject', objects, named(root()))),
    },
    expected: 'allow',
  },
  {
    name: 'across accounts, the resource policy may name everyone, and the identity policy is still needed',
    source: principal,
    request: foreign,
    policies: resource(allow('s3:GetObject', objects, { Principal: '*' })),
    expected: 'no identity',
  },
  {
    name: 'a resource policy that names the account of the resource lets no other account in',
    source: principal,
    request: foreign,
    policies: {
      ...identity(allow('s3:GetObject', objects)),
      ...resource(allow('s3:GetObject', objects, named(root(otherAccount)))),
    },
    expected: 'no resource',
  },
  {
    name: 'a Deny in the account of the caller ends a request across accounts',
    source: crossAccount,
    request: {
      caller: role,
      action: 's3:PutObject',
      resource: 'arn:aws:s3:::Production-logs/file',
      resourceAccount: otherAccount,
    },
    policies: production,
    expected: 'explicit deny',
  },
  {
    name: 'the Production bucket of the example is allowed across accounts',
    source: crossAccount,
    request: {
      caller: role,
      action: 's3:PutObject',
      resource: 'arn:aws:s3:::Production/file',
      resourceAccount: otherAccount,
    },
    policies: production,
    expected: 'allow',
  },
  {
    name: 'the example may not delete objects, because the other account does not allow it',
    source: crossAccount,
    request: {
      caller: role,
      action: 's3:DeleteObject',
      resource: 'arn:aws:s3:::Production/file',
      resourceAccount: otherAccount,
    },
    policies: production,
    expected: 'no resource',
  },
  {
    name: 'a Deny of the resource policy ends a request across accounts',
    source: crossAccount,
    request: foreign,
    policies: {
      ...identity(allow('s3:GetObject', objects)),
      ...resource(
        allow('s3:GetObject', objects, named(roleArn)),
        deny('s3:*', objects, { Principal: { AWS: root() } }),
      ),
    },
    expected: 'explicit deny',
  },
  {
    name: 'the account in the ARN of the resource decides whether a request crosses accounts',
    source: crossAccount,
    request: { caller: role, action: 'sqs:SendMessage', resource: `arn:aws:sqs:us-east-1:${otherAccount}:q` },
    policies: identity(allow('sqs:SendMessage', '*')),
    expected: 'no resource',
  },
  {
    name: 'across accounts, the boundary of the role limits its identity policies',
    source: crossAccount,
    request: foreign,
    policies: {
      ...identity(allow('s3:GetObject', objects)),
      ...resource(allow('s3:GetObject', objects, named(roleArn))),
      ...boundary(allow('sqs:*', '*')),
    },
    expected: 'no boundary',
  },
];

const resourcePolicies: readonly Case[] = [
  {
    name: 'naming the account lets its identity policies decide: without one the request is denied',
    source: principal,
    request: get,
    policies: resource(allow('s3:GetObject', objects, named(root()))),
    expected: 'no identity',
  },
  {
    name: 'naming the account by its twelve digits is the same as by its ARN',
    source: principal,
    request: get,
    policies: {
      ...identity(allow('s3:GetObject', objects)),
      ...resource(allow('s3:GetObject', objects, named('111122223333'))),
    },
    expected: 'allow',
  },
  {
    name: 'naming everyone allows a role of the account without further permissions',
    source: principal,
    request: get,
    policies: resource(allow('s3:GetObject', objects, { Principal: '*' })),
    expected: 'allow',
  },
  {
    name: 'naming everyone allows who does not sign',
    source: principal,
    request: { ...get, caller: anonymous },
    policies: resource(allow('s3:GetObject', objects, { Principal: '*' })),
    expected: 'allow',
  },
  {
    name: 'an AWS principal of * is everyone too',
    source: principal,
    request: { ...get, caller: anonymous },
    policies: resource(allow('s3:GetObject', objects, named('*'))),
    expected: 'allow',
  },
  {
    name: 'naming an account does not allow who does not sign',
    source: principal,
    request: { ...get, caller: anonymous },
    policies: resource(allow('s3:GetObject', objects, named(root()))),
    expected: 'no resource',
  },
  {
    name: 'one of several principals is enough',
    source: principal,
    request: get,
    policies: resource(allow('s3:GetObject', objects, named([root(otherAccount), roleArn]))),
    expected: 'allow',
  },
  {
    name: 'a role that is not named is not allowed',
    source: principal,
    request: get,
    policies: resource(allow('s3:GetObject', objects, named(`${roleArn}-two`))),
    expected: 'no identity',
  },
  {
    name: 'the ARN of a role is compared with regard to case',
    source: principal,
    request: get,
    policies: resource(allow('s3:GetObject', objects, named(roleArn.replace('example', 'Example')))),
    expected: 'no identity',
  },
  {
    name: 'naming the session allows the session',
    source: principal,
    request: inSession,
    policies: resource(allow('s3:GetObject', objects, named(sessionArn))),
    expected: 'allow',
  },
  {
    name: 'naming another session of the role allows nothing',
    source: principal,
    request: inSession,
    policies: resource(allow('s3:GetObject', objects, named(`${sessionArn}2`))),
    expected: 'no identity',
  },
  {
    name: 'a Deny that names the account denies every principal of the account',
    source: principal,
    request: get,
    policies: {
      ...identity(allow('s3:GetObject', objects)),
      ...resource(deny('s3:GetObject', objects, named('111122223333'))),
    },
    expected: 'explicit deny',
  },
  {
    name: 'everyone but one role can be denied by aws:PrincipalArn, which spares that role',
    source: principal,
    request: get,
    policies: {
      ...identity(allow('s3:*', '*')),
      ...resource(
        deny('s3:*', [objects, bucket], {
          Principal: '*',
          Condition: { ArnNotEquals: { 'aws:PrincipalArn': roleArn } },
        }),
      ),
    },
    expected: 'allow',
  },
  {
    name: 'everyone but one role can be denied by aws:PrincipalArn, which denies the others',
    source: principal,
    request: { ...get, caller: { kind: 'role', arn: `${roleArn}-two` } },
    policies: {
      ...identity(allow('s3:*', '*')),
      ...resource(
        deny('s3:*', [objects, bucket], {
          Principal: '*',
          Condition: { ArnNotEquals: { 'aws:PrincipalArn': roleArn } },
        }),
      ),
    },
    expected: 'explicit deny',
  },
  {
    name: 'a part of a principal cannot be a wildcard',
    source: principal,
    request: get,
    policies: resource(allow('s3:GetObject', objects, named(`arn:aws:iam::111122223333:role/*`))),
    expected: 'error',
  },
  {
    name: 'a service that the policy names is allowed',
    source: principal,
    request: { caller: service('ecs'), action: 'sqs:SendMessage', resource: queue },
    policies: resource(
      allow('sqs:SendMessage', queue, {
        Principal: { Service: ['ecs.amazonaws.com', 'elasticloadbalancing.amazonaws.com'] },
      }),
    ),
    expected: 'allow',
  },
  {
    name: 'naming the account does not allow a service',
    source: principal,
    request: { caller: service('ecs'), action: 'sqs:SendMessage', resource: queue },
    policies: resource(allow('sqs:SendMessage', queue, named(root()))),
    expected: 'no resource',
  },
];

const bounds: readonly Case[] = [
  {
    name: 'a boundary alone allows nothing',
    source: boundaries,
    request: get,
    policies: boundary(allow('s3:*', '*')),
    expected: 'no identity',
  },
  {
    name: 'what both the boundary and the identity policy allow is allowed',
    source: boundaries,
    request: get,
    policies: { ...identity(allow('s3:GetObject', objects)), ...boundary(allow('s3:*', '*')) },
    expected: 'allow',
  },
  {
    name: 'iam:CreateUser of the example is denied, because the boundary does not allow it',
    source: boundaries,
    request: { caller: role, action: 'iam:CreateUser', resource: 'arn:aws:iam::111122223333:user/a' },
    policies: {
      ...identity(allow('iam:CreateUser', '*')),
      ...boundary(allow(['s3:*', 'cloudwatch:*', 'ec2:*'], '*')),
    },
    expected: 'no boundary',
  },
  {
    name: 'a Deny of the boundary beats every Allow',
    source: boundaries,
    request: get,
    policies: {
      ...identity(allow('s3:GetObject', objects)),
      ...boundary(allow('s3:*', '*'), deny('s3:GetObject', objects)),
    },
    expected: 'explicit deny',
  },
  {
    name: 'a Deny of the boundary beats an Allow of the resource policy',
    source: boundaries,
    request: inSession,
    policies: {
      ...boundary(allow('s3:*', '*'), deny('s3:GetObject', objects)),
      ...resource(allow('s3:GetObject', objects, named(sessionArn))),
    },
    expected: 'explicit deny',
  },
  {
    name: 'a boundary limits what a resource policy allows the ARN of the role',
    source: denyAllow,
    request: get,
    policies: {
      ...boundary(allow('sqs:*', '*')),
      ...resource(allow('s3:GetObject', objects, named(roleArn))),
    },
    expected: 'no boundary',
  },
  {
    name: 'within its boundary, a role has what a resource policy allows its ARN',
    source: denyAllow,
    request: get,
    policies: {
      ...boundary(allow('s3:*', '*')),
      ...resource(allow('s3:GetObject', objects, named(roleArn))),
    },
    expected: 'allow',
  },
  {
    name: 'a boundary does not limit what a resource policy allows the session',
    source: denyAllow,
    request: inSession,
    policies: {
      ...boundary(allow('sqs:*', '*')),
      ...resource(allow('s3:GetObject', objects, named(sessionArn))),
    },
    expected: 'allow',
  },
  {
    name: 'a boundary does not limit what everyone with a certain aws:PrincipalArn is allowed',
    source: principal,
    request: get,
    policies: {
      ...boundary(allow('sqs:*', '*')),
      ...resource(
        allow('s3:GetObject', objects, {
          Principal: '*',
          Condition: { ArnEquals: { 'aws:PrincipalArn': roleArn } },
        }),
      ),
    },
    expected: 'allow',
  },
  {
    name: 'a boundary limits identity policies also when the resource policy names the account',
    source: boundaries,
    request: get,
    policies: {
      ...identity(allow('s3:GetObject', objects)),
      ...boundary(allow('sqs:*', '*')),
      ...resource(allow('s3:GetObject', objects, named(root()))),
    },
    expected: 'no boundary',
  },
  {
    name: 'conditions of a boundary count',
    source: boundaries,
    request: { ...get, context: { 'aws:RequestedRegion': 'eu-west-1' } },
    policies: {
      ...identity(allow('s3:GetObject', objects)),
      ...boundary(allow('*', '*', { Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } } })),
    },
    expected: 'no boundary',
  },
];

const read = '2026-11-26';

export const groups: readonly Group[] = [
  { name: 'one account', read, cases: oneAccount },
  { name: 'across accounts', read, cases: twoAccounts },
  { name: 'resource policies', read, cases: resourcePolicies },
  { name: 'boundaries', read, cases: bounds },
];
