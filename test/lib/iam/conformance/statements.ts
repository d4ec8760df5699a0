// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of policies are written like that
/** Elements of a statement: what is left out, wildcards, and variables. */
import {
  account,
  allow,
  bucket,
  type Case,
  deny,
  type Expected,
  type Group,
  iam,
  identity,
  objectArn,
  otherAccount,
  queue,
  resource,
  role,
  roleArn,
  root,
  session,
  sessionArn,
  tagged,
  when,
} from './case';

const actionPage = iam('reference_policies_elements_action');
const notAction = iam('reference_policies_elements_notaction');
const notResource = iam('reference_policies_elements_notresource');
const notPrincipal = iam('reference_policies_elements_notprincipal');
const resourcePage = iam('reference_policies_elements_resource');
const variablesPage = iam('reference_policies_variables');
const versionPage = iam('reference_policies_elements_version');

const get = { caller: role, action: 's3:GetObject', resource: objectArn };
const objects = `${bucket}/*`;

const spared = (...AWS: readonly string[]) => ({
  ...identity(allow('s3:*', '*')),
  ...resource(deny('s3:*', objects, { NotPrincipal: { AWS } })),
});
const byAccount = { ...get, resourceAccount: otherAccount };
const openTo = {
  ...identity(allow('s3:*', '*')),
  ...resource(
    allow('s3:*', objects, { Principal: { AWS: root() } }),
    deny('s3:*', objects, { NotPrincipal: { AWS: [sessionArn, roleArn, root()] } }),
  ),
};

const leftOut: readonly Case[] = [
  {
    name: 'NotAction with Allow allows every other action',
    source: notAction,
    request: { ...get, action: 's3:PutObject' },
    policies: identity(allow(undefined, objects, { NotAction: 's3:DeleteBucket' })),
    expected: 'allow',
  },
  {
    name: 'NotAction with Allow does not allow the action it names',
    source: notAction,
    request: { ...get, action: 's3:DeleteBucket', resource: bucket },
    policies: identity(allow(undefined, 'arn:aws:s3:::*', { NotAction: 's3:DeleteBucket' })),
    expected: 'no identity',
  },
  {
    name: 'NotAction with Allow reaches into every other service',
    source: notAction,
    request: { caller: role, action: 'sqs:SendMessage', resource: queue },
    policies: identity(allow(undefined, '*', { NotAction: 'iam:*' })),
    expected: 'allow',
  },
  {
    name: 'NotAction with Allow and a wildcard keeps a whole service out',
    source: notAction,
    request: { caller: role, action: 'iam:CreateUser', resource: '*' },
    policies: identity(allow(undefined, '*', { NotAction: 'iam:*' })),
    expected: 'no identity',
  },
  {
    name: 'NotAction with Deny denies everything but what it names',
    source: notAction,
    request: get,
    policies: identity(
      allow('*', '*'),
      deny(undefined, '*', {
        NotAction: 'iam:*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      }),
    ),
    expected: 'explicit deny',
  },
  {
    name: 'NotAction with Deny leaves what it names alone',
    source: notAction,
    request: { caller: role, action: 'iam:CreateVirtualMFADevice', resource: '*' },
    policies: identity(
      allow('*', '*'),
      deny(undefined, '*', {
        NotAction: 'iam:*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      }),
    ),
    expected: 'allow',
  },
  {
    name: 'NotResource with Deny denies the resources it does not name',
    source: notResource,
    request: get,
    policies: identity(
      allow('s3:*', '*'),
      deny('s3:*', undefined, {
        NotResource: ['arn:aws:s3:::HRBucket/Payroll', 'arn:aws:s3:::HRBucket/Payroll/*'],
      }),
    ),
    expected: 'explicit deny',
  },
  {
    name: 'NotResource with Deny leaves the resources it names alone',
    source: notResource,
    request: { ...get, resource: 'arn:aws:s3:::HRBucket/Payroll/2026' },
    policies: identity(
      allow('s3:*', '*'),
      deny('s3:*', undefined, {
        NotResource: ['arn:aws:s3:::HRBucket/Payroll', 'arn:aws:s3:::HRBucket/Payroll/*'],
      }),
    ),
    expected: 'allow',
  },
  {
    name: 'NotResource with Allow allows the resources it does not name',
    source: notResource,
    request: get,
    policies: identity(allow('s3:*', undefined, { NotResource: 'arn:aws:s3:::HRBucket*' })),
    expected: 'allow',
  },
  {
    name: 'NotResource with Allow does not allow the resources it names',
    source: notResource,
    request: { ...get, resource: 'arn:aws:s3:::HRBucket/Payroll' },
    policies: identity(allow('s3:*', undefined, { NotResource: 'arn:aws:s3:::HRBucket*' })),
    expected: 'no identity',
  },
  {
    name: 'NotPrincipal with Deny spares a role that is named with its account',
    source: notPrincipal,
    request: get,
    policies: spared(roleArn, root()),
    expected: 'allow',
  },
  {
    name: 'NotPrincipal with Deny denies a role whose account is not named with it',
    source: notPrincipal,
    request: get,
    policies: spared(roleArn),
    expected: 'explicit deny',
  },
  {
    name: 'NotPrincipal with Deny denies a role of which only the account is named',
    source: notPrincipal,
    request: get,
    policies: spared(root()),
    expected: 'explicit deny',
  },
  {
    name: 'NotPrincipal with Deny spares the session that is named with its role and account',
    source: notPrincipal,
    request: { ...byAccount, caller: session },
    policies: openTo,
    expected: 'allow',
  },
  {
    name: 'NotPrincipal with Deny denies another session of the same role',
    source: notPrincipal,
    request: { ...byAccount, caller: { kind: 'role', arn: roleArn, session: 'another' } },
    policies: openTo,
    expected: 'explicit deny',
  },
  {
    name: 'NotPrincipal with Deny denies other roles',
    source: notPrincipal,
    request: { ...get, caller: { kind: 'role', arn: `${roleArn}-two` } },
    policies: spared(roleArn, root()),
    expected: 'explicit deny',
  },
  {
    name: 'NotPrincipal with Allow allows who does not sign, which is why AWS advises against it',
    source: notPrincipal,
    request: { ...get, caller: { kind: 'anonymous' } },
    policies: resource(allow('s3:GetObject', objects, { NotPrincipal: { AWS: [roleArn, root()] } })),
    expected: 'allow',
  },
  {
    name: 'NotPrincipal is refused in an identity policy',
    source: notPrincipal,
    request: get,
    policies: identity(deny('s3:*', objects, { NotPrincipal: { AWS: roleArn } })),
    expected: 'error',
  },
];

const action = (name: string, pattern: string, asked: string, expected: Expected): Case => ({
  name,
  source: actionPage,
  request: { caller: role, action: asked, resource: 'arn:aws:iam::111122223333:user/a' },
  policies: identity(allow(pattern, '*')),
  expected,
});

const arn = (name: string, pattern: string | string[], asked: string, expected: Expected): Case => ({
  name,
  source: resourcePage,
  request: { caller: role, action: 's3:GetObject', resource: asked, resourceAccount: account },
  policies: identity(allow('s3:GetObject', pattern)),
  expected,
});

const test = 'arn:aws:s3:::amzn-s3-demo-bucket/*/test/*';

const wildcards: readonly Case[] = [
  action('the prefix of an action has no case', 'IAM:ListAccessKeys', 'iam:ListAccessKeys', 'allow'),
  action('the name of an action has no case', 'iam:listaccesskeys', 'iam:ListAccessKeys', 'allow'),
  action('an action with a wildcard has no case', 'IAM:*ACCESSKEY*', 'iam:ListAccessKeys', 'allow'),
  action('iam:*AccessKey* is iam:CreateAccessKey', 'iam:*AccessKey*', 'iam:CreateAccessKey', 'allow'),
  action('iam:*AccessKey* is iam:ListAccessKeys', 'iam:*AccessKey*', 'iam:ListAccessKeys', 'allow'),
  action('iam:*AccessKey* is not iam:CreateUser', 'iam:*AccessKey*', 'iam:CreateUser', 'no identity'),
  action('iam:* is every action of IAM', 'iam:*', 'iam:CreateUser', 'allow'),
  action('iam:* is no action of another service', 'iam:*', 'sts:GetCallerIdentity', 'no identity'),
  action('* is every action', '*', 'iam:CreateUser', 'allow'),
  action('? is one character of an action', 'iam:Get?ser', 'iam:GetUser', 'allow'),
  action('? is no two characters of an action', 'iam:Get?er', 'iam:GetUser', 'no identity'),
  action('an action without wildcards is the whole name', 'iam:Get', 'iam:GetUser', 'no identity'),
  action('a dot in an action is no wildcard', 'iam:Get.ser', 'iam:GetUser', 'no identity'),
  arn('* alone is every resource', '*', objectArn, 'allow'),
  arn('bucket/* is every object of the bucket', objects, objectArn, 'allow'),
  arn('bucket/* is not the bucket', objects, bucket, 'no identity'),
  arn('bucket/* is no object of another bucket', objects, `${bucket}2/a`, 'no identity'),
  arn('the bucket is none of its objects', bucket, objectArn, 'no identity'),
  arn('* expands over slashes', test, 'arn:aws:s3:::amzn-s3-demo-bucket/1/2/test/3/object.jpg', 'allow'),
  arn('* expands to slashes only', test, 'arn:aws:s3:::amzn-s3-demo-bucket/1///test///object.jpg', 'allow'),
  arn('* expands to nothing', test, 'arn:aws:s3:::amzn-s3-demo-bucket//test/object.jpg', 'allow'),
  arn('* at the end expands to nothing', test, 'arn:aws:s3:::amzn-s3-demo-bucket/1/test/', 'allow'),
  arn(
    'a slash of the pattern is needed',
    test,
    'arn:aws:s3:::amzn-s3-demo-bucket/1-test/object.jpg',
    'no identity',
  ),
  arn(
    'both slashes of the pattern are needed',
    test,
    'arn:aws:s3:::amzn-s3-demo-bucket/test/object.jpg',
    'no identity',
  ),
  arn('test.jpg is no folder test', test, 'arn:aws:s3:::amzn-s3-demo-bucket/1/2/test.jpg', 'no identity'),
  arn('? is one character of a key', `${bucket}/photos/?at.jpg`, objectArn, 'allow'),
  arn('? is no empty text in a key', `${bucket}/photos/cat?.jpg`, objectArn, 'no identity'),
  arn('keys are compared with regard to case', `${bucket}/Photos/*`, objectArn, 'no identity'),
  arn('one of several resources is enough', [`${bucket}/a`, objects], objectArn, 'allow'),
  arn('a key may have colons', `${bucket}/*.jpg`, `${bucket}/12:30:45.jpg`, 'allow'),
  arn(
    'a dot in a resource is no wildcard',
    `${bucket}/photos/cat.jpg`,
    `${bucket}/photos/catXjpg`,
    'no identity',
  ),
  arn('a * that ends a segment reaches beyond the colon', `arn:aws:sqs:*:orders`, queue, 'allow'),
  arn(
    'a * within a segment stays in it',
    `arn:aws:sqs:us-*-1:orders`,
    `arn:aws:sqs:us-east-1:1:a-1:orders`,
    'no identity',
  ),
  arn('a * within a segment is any text of it', `arn:aws:sqs:us-*-1:${account}:orders`, queue, 'allow'),
  arn(
    '? for the region stays in the segment',
    `arn:aws:sqs:us-east-1?${account}:orders:a`,
    `${queue}:a`,
    'no identity',
  ),
  arn('a wildcard for the service is refused', `arn:aws:*:us-east-1:${account}:orders`, queue, 'error'),
];

const blue = tagged({ team: 'blue' });
const own = (
  name: string,
  pattern: string,
  asked: string,
  caller = role,
  expected: Expected = 'allow',
): Case => ({
  name,
  source: variablesPage,
  request: { caller, action: 's3:GetObject', resource: asked, context: { 's3:authType': 'REST-HEADER' } },
  policies: identity(allow('s3:GetObject', pattern)),
  expected,
});
const withVersion = (name: string, Version: string | undefined, asked: string, expected: Expected): Case => ({
  name,
  source: versionPage,
  request: { caller: blue, action: 's3:GetObject', resource: `${bucket}/${asked}` },
  policies: {
    identity: [
      {
        id: 'identity',
        document: {
          ...(Version && { Version }),
          Statement: [allow('s3:GetObject', `${bucket}/\${aws:PrincipalTag/team}`)],
        },
      },
    ],
  },
  expected,
});

const teamBucket = "arn:aws:s3:::amzn-s3-demo-bucket-${aws:PrincipalTag/team, 'company-wide'}";
const teamFolder = `${bucket}/\${aws:PrincipalTag/team}/*`;

const variables: readonly Case[] = [
  own('a tag of the principal stands for a folder', teamFolder, `${bucket}/blue/a`, blue),
  own('a tag of the principal is no other folder', teamFolder, `${bucket}/red/a`, blue, 'no identity'),
  own(
    'without the tag, a resource with the variable is nothing',
    teamFolder,
    `${bucket}/red/a`,
    role,
    'no identity',
  ),
  own('without the tag, a variable is not the empty text', teamFolder, `${bucket}//a`, role, 'no identity'),
  own('with the tag, the default is not used', teamBucket, 'arn:aws:s3:::amzn-s3-demo-bucket-blue', blue),
  own('without the tag, the default is used', teamBucket, 'arn:aws:s3:::amzn-s3-demo-bucket-company-wide'),
  own(
    'with the tag, the default is not allowed',
    teamBucket,
    'arn:aws:s3:::amzn-s3-demo-bucket-company-wide',
    blue,
    'no identity',
  ),
  own(
    'the name of a variable has no case',
    `${bucket}/\${AWS:principaltag/TEAM}/*`,
    `${bucket}/blue/a`,
    blue,
  ),
  own(
    'a wildcard in the value of a tag is text',
    teamFolder,
    `${bucket}/blue/a`,
    tagged({ team: '*' }),
    'no identity',
  ),
  own('${*} is a star', `${bucket}/a\${*}b`, `${bucket}/a*b`),
  own('${*} is no wildcard', `${bucket}/a\${*}b`, `${bucket}/aXb`, role, 'no identity'),
  own('${?} is a question mark', `${bucket}/a\${?}b`, `${bucket}/a?b`),
  own('${?} is no wildcard', `${bucket}/a\${?}b`, `${bucket}/aXb`, role, 'no identity'),
  own('${$} is a dollar sign', `${bucket}/\${$}{a}`, `${bucket}/\${a}`),
  own('a key of the service may be a variable', `${bucket}/\${s3:authType}/*`, `${bucket}/REST-HEADER/a`),
  withVersion('version 2012-10-17 has variables', '2012-10-17', 'blue', 'allow'),
  withVersion(
    'version 2008-10-17 takes variables for text',
    '2008-10-17',
    '${aws:PrincipalTag/team}',
    'allow',
  ),
  withVersion('version 2008-10-17 fills in nothing', '2008-10-17', 'blue', 'no identity'),
  withVersion('a policy without version fills in nothing', undefined, 'blue', 'no identity'),
  when(
    'a value of a condition may have a variable',
    variablesPage,
    { StringLike: { 's3:prefix': ['${aws:PrincipalTag/team}/*'] } },
    { 's3:prefix': 'blue/2026' },
    true,
    blue,
  ),
  when(
    'a value of a condition with a variable that is missing matches nothing',
    variablesPage,
    { StringLike: { 's3:prefix': ['${aws:PrincipalTag/team}/*'] } },
    { 's3:prefix': 'blue/2026' },
    false,
  ),
  when(
    'tags of principal and resource can be compared',
    variablesPage,
    { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
    { 'aws:ResourceTag/team': 'blue' },
    true,
    blue,
  ),
  when(
    'different tags of principal and resource are not equal',
    variablesPage,
    { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
    { 'aws:ResourceTag/team': 'red' },
    false,
    blue,
  ),
  when(
    'StringEquals takes ${*} for a star',
    variablesPage,
    { StringEquals: { 's3:prefix': '${*}' } },
    { 's3:prefix': '*' },
    true,
  ),
  when(
    'an ARN of a condition may have a variable',
    variablesPage,
    { ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:*:${aws:PrincipalTag/team}-*' } },
    { 'aws:SourceArn': `arn:aws:sns:us-east-1:${account}:blue-topic` },
    true,
    blue,
  ),
  when(
    'a key with several values is no variable',
    iam('reference_policies_condition-single-vs-multi-valued-context-keys'),
    { StringEquals: { 's3:prefix': '${aws:TagKeys}' } },
    { 's3:prefix': 'a', 'aws:TagKeys': ['a', 'b'] },
    false,
  ),
  when(
    'a number cannot be a variable',
    variablesPage,
    { NumericEquals: { 's3:max-keys': '${aws:PrincipalTag/limit}' } },
    { 's3:max-keys': '10' },
    'error',
    tagged({ limit: '10' }),
  ),
];

const read = '2026-11-26';

export const groups: readonly Group[] = [
  { name: 'NotAction, NotResource, NotPrincipal', read, cases: leftOut },
  { name: 'wildcards', read, cases: wildcards },
  { name: 'variables', read, cases: variables },
];
