import { awsManagedPolicy } from '../../../lib/iam/aws-managed-policies';
import { checkPolicy, decide, UnknownConditionError } from '../../../lib/iam/evaluate';
import type { Statement } from '../../../lib/iam/policy';
import {
  allow,
  boundary,
  bucket,
  deny,
  identity,
  objectArn,
  policy,
  resource,
  role,
  roleArn,
} from './conformance/case';

const read = { caller: role, action: 's3:GetObject', resource: objectArn };

describe('a decision', () => {
  test('names every Allow that applied, in whichever policy', () => {
    const decision = decide(read, {
      ...identity(allow('s3:PutObject', '*'), allow('s3:Get*', '*'), allow('*', '*')),
      ...boundary(allow('s3:*', '*')),
      ...resource(allow('s3:GetObject', `${bucket}/*`, { Principal: { AWS: roleArn } })),
    });
    expect(decision).toMatchObject({
      effect: 'allow',
      by: [
        { policy: 'identity', index: 1, kind: 'identity' },
        { policy: 'identity', index: 2, kind: 'identity' },
        { policy: 'resource', index: 0, kind: 'resource' },
        { policy: 'boundary', index: 0, kind: 'boundary' },
      ],
    });
  });

  test('does not name an identity policy that its boundary made ineffective', () => {
    const decision = decide(read, {
      ...identity(allow('s3:*', '*')),
      ...boundary(allow('sqs:*', '*')),
      ...resource(allow('s3:GetObject', `${bucket}/*`, { Principal: '*' })),
    });
    expect(decision).toMatchObject({ effect: 'allow', by: [{ policy: 'resource', index: 0 }] });
  });

  test('names every Deny that applied', () => {
    const decision = decide(read, {
      ...identity(allow('s3:*', '*'), deny('s3:*', '*')),
      ...resource(deny('s3:GetObject', `${bucket}/*`, { Principal: '*' })),
    });
    expect(decision).toMatchObject({
      reason: 'explicit',
      by: [
        { policy: 'identity', index: 1, kind: 'identity' },
        { policy: 'resource', index: 0, kind: 'resource' },
      ],
    });
  });

  test('calls the policy of a role its trust', () => {
    const decision = decide(
      { caller: role, action: 'sts:AssumeRole', resource: roleArn },
      resource(allow('sts:AssumeRole', undefined, { Principal: { AWS: roleArn } })),
    );
    expect(decision).toMatchObject({ effect: 'allow', by: [{ kind: 'trust' }] });
  });

  test('asks the statements that a policy has at that time', () => {
    const statements = [allow('s3:PutObject', '*')];
    const changing = { identity: [{ id: 'a', document: { Version: '2012-10-17', Statement: statements } }] };
    expect(decide(read, changing).effect).toBe('deny');
    statements.push(allow('s3:GetObject', '*'));
    expect(decide(read, changing).effect).toBe('allow');
  });
});

describe('an error of a policy', () => {
  const check = (statement: Statement) => () => checkPolicy(policy('app.Policy', statement));

  test('names the operator that is not known, the statement, and what is known', () => {
    const statement = allow('s3:*', '*', { Sid: 'Read', Condition: { StringEqual: { a: 'b' } } });
    expect(check(statement)).toThrow(UnknownConditionError);
    expect(check(statement)).toThrow(
      /^statement 0 \(Read\) of app\.Policy has the condition operator StringEqual, which is not known\. Known are StringEquals, /,
    );
  });

  test.each([
    [allow('s3:*', { Ref: 'Bucket' }), 'has Resource {"Ref":"Bucket"}, where text was expected'],
    [allow('s3:*', '*', { Condition: { Bool: { a: 'yes' } } }), 'is "yes"; expected true or false'],
    [
      allow('s3:*', '*', { Condition: { ArnLike: { a: 'arn:*' } } }),
      'is "arn:*"; expected an ARN of six parts',
    ],
    [
      allow('s3:*', '*', { Condition: { IpAddress: { a: '10.0.0.0/8/8x' } } }),
      'expected an address, or a range',
    ],
    [allow('s3:*', '*', { Condition: { BinaryEquals: { a: '%' } } }), 'is "%"; expected base64'],
    [allow('s3:*', '*', { Principal: 7 }), 'has the principal 7; expected "*" or an object with AWS'],
    [allow('s3:*', '*', { Principal: { Aws: '*' } }), 'has principals of type Aws; expected AWS'],
    [allow('s3:*', '*', { Principal: { AWS: { Ref: 'Role' } } }), 'has the principal {"Ref":"Role"}'],
  ] as const)('says what was expected: %#', (statement, message) => {
    expect(check(statement)).toThrow(message);
  });

  test('says that a trust policy has no resource', () => {
    const trust = policy('app.Role', allow('sts:AssumeRole', '*', { Principal: { AWS: roleArn } }));
    expect(() => checkPolicy(trust, 'trust')).toThrow('has a resource, which no trust policy may have');
  });

  test('is found although no request asks for the statement', () => {
    expect(() =>
      decide(read, identity(allow('*', '*'), allow('sqs:*', '*', { Condition: { Nil: { a: 'b' } } }))),
    ).toThrow('Nil');
  });
});

describe('policies that AWS manages', () => {
  test('are found by name or by the end of their ARN', () => {
    const named = awsManagedPolicy('AWSLambdaBasicExecutionRole');
    expect(awsManagedPolicy('service-role/AWSLambdaBasicExecutionRole')).toEqual(named);
    const request = {
      caller: role,
      action: 'logs:PutLogEvents',
      resource: 'arn:aws:logs:us-east-1:111122223333:log-group:/app/api:log-stream:1',
    };
    expect(decide(request, { identity: [named] }).effect).toBe('allow');
  });

  test('that are not known say where their text is and where it belongs', () => {
    expect(() => awsManagedPolicy('AdministratorAccess')).toThrow(
      /^The text of the AWS managed policy AdministratorAccess is not known; .* https:\/\/docs\.aws\.amazon\.com\/aws-managed-policy\/latest\/reference\/AdministratorAccess\.html to lib\/iam\/aws-managed-policies\.ts\.$/,
    );
  });
});
