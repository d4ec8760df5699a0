import type { AccessRequest, ApplicablePolicies, Caller, Decision } from '../../../lib/iam/access';
import { decide } from '../../../lib/iam/evaluate';
import { remedyOf } from '../../../lib/iam/needed-statement';
import {
  allow,
  boundary,
  deny,
  identity,
  objectArn,
  policy,
  queue,
  resource,
  role,
  root,
  service,
} from './conformance/case';

const key = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const target = 'arn:aws:iam::111122223333:role/target';
const read: AccessRequest = { caller: role, action: 's3:GetObject', resource: objectArn };

function denial(request: AccessRequest, policies: ApplicablePolicies): Extract<Decision, { effect: 'deny' }> {
  const decision = decide(request, policies);
  if (decision.effect === 'allow') throw new Error('the request is allowed');
  return decision;
}

describe('what a denied request would need', () => {
  const cases: readonly (readonly [string, AccessRequest, ApplicablePolicies])[] = [
    ['an identity policy', read, {}],
    ['a boundary', read, { ...identity(allow('s3:*', '*')), ...boundary(allow('sqs:*', '*')) }],
    ['the policy of a key', { caller: role, action: 'kms:Decrypt', resource: key }, {}],
    [
      'the policy of a key, for calls by S3',
      {
        caller: role,
        action: 'kms:Decrypt',
        resource: key,
        context: { 'kms:ViaService': 's3.us-east-1.amazonaws.com', 'kms:EncryptionContextKeys': ['a', 'b'] },
      },
      {},
    ],
    [
      'an identity policy, where the key lets the account decide',
      { caller: role, action: 'kms:Decrypt', resource: key },
      resource(allow('kms:*', '*', { Principal: { AWS: root() } })),
    ],
    [
      'the policy of a queue, for the rule that sends',
      {
        caller: service('events'),
        action: 'sqs:SendMessage',
        resource: queue,
        context: {
          'aws:SourceArn': 'arn:aws:events:us-east-1:111122223333:rule/nightly',
          'aws:SourceAccount': '111122223333',
        },
      },
      {},
    ],
    ['the policy of a bucket, for everyone', { ...read, caller: { kind: 'anonymous' } }, {}],
    ['a trust policy', { caller: service('lambda'), action: 'sts:AssumeRole', resource: target }, {}],
    [
      'a trust policy, for the subject of a token',
      {
        caller: {
          kind: 'federated',
          provider: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com',
        } as Caller,
        action: 'sts:AssumeRoleWithWebIdentity',
        resource: target,
        context: {
          'token.actions.githubusercontent.com:sub': 'repo:example-org/example-repo:ref:refs/heads/main',
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
        },
      },
      {},
    ],
  ];

  test.each(cases)('is a statement in %s, with which it is allowed', (_, request, policies) => {
    const remedy = remedyOf(request, denial(request, policies));
    if ('deniedBy' in remedy) throw new Error('a statement denies');
    const added = policy('added', remedy.statement);
    const after: ApplicablePolicies =
      remedy.in === 'boundary'
        ? { ...policies, boundary: added }
        : { ...policies, [remedy.in]: [...(policies[remedy.in] ?? []), added] };
    expect(decide(request, after).effect).toBe('allow');
    // It is narrow: another action is as denied as before.
    const other = { ...request, action: request.action.replace(/:.*/, ':SomethingElse') };
    expect(decide(other, after).effect).toBe('deny');
  });

  test('names the source of a service, so that no other rule may send', () => {
    const [, request] = cases[5] as (typeof cases)[number];
    expect(remedyOf(request, denial(request, {}))).toEqual({
      in: 'resource',
      statement: {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queue,
        Condition: {
          ArnEquals: { 'aws:SourceArn': 'arn:aws:events:us-east-1:111122223333:rule/nightly' },
          StringEquals: { 'aws:SourceAccount': '111122223333' },
        },
      },
    });
  });

  test('is nothing that could be added where a statement denies', () => {
    const policies = identity(allow('*', '*'), deny('s3:*', '*'));
    expect(remedyOf(read, denial(read, policies))).toEqual({
      deniedBy: [
        {
          policy: 'identity',
          index: 1,
          kind: 'identity',
          statement: { Effect: 'Deny', Action: 's3:*', Resource: '*' },
        },
      ],
    });
  });
});
