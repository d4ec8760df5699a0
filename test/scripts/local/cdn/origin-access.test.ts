import { type Behavior, behaviorFor, type Distribution } from '../../../../scripts/local/cdn/distribution';
import { type Access, cloudFrontMay } from '../../../../scripts/local/cdn/origin-access';

const arn = 'arn:aws:cloudfront::000000000000:distribution/E1';
const read: Access = {
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::photos/photos/a.webp',
  distributionArn: arn,
};
const allow = {
  Effect: 'Allow',
  Principal: { Service: 'cloudfront.amazonaws.com' },
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::photos/photos/*',
  Condition: { StringEquals: { 'AWS:SourceArn': arn } },
};
const may = (statements: object[], access: Partial<Access> = {}) =>
  cloudFrontMay({ Statement: statements }, { ...read, ...access });

describe('the policy of a bucket', () => {
  test('lets this distribution do what it names, and nothing else', () => {
    expect(may([allow])).toBe(true);
    expect(may([allow], { resource: 'arn:aws:s3:::photos/originals/a' })).toBe(false);
    expect(may([allow], { action: 's3:ListBucket', resource: 'arn:aws:s3:::photos' })).toBe(false);
    expect(may([allow], { distributionArn: `${arn}X` })).toBe(false);
  });

  test.each([
    ['no policy', undefined],
    ['no statement', { Statement: [] }],
    ['somebody else', { Statement: [{ ...allow, Principal: { AWS: 'arn:aws:iam::000000000000:root' } }] }],
    ['another service', { Statement: [{ ...allow, Principal: { Service: 'logs.amazonaws.com' } }] }],
  ])('with %s allows nothing', (_, policy) => {
    expect(cloudFrontMay(policy, read)).toBe(false);
  });

  test('is closed by a condition that is not known here, in whichever direction', () => {
    const unknown = { StringEquals: { 's3:ExistingObjectTag/scan': 'clean' } };
    expect(may([{ ...allow, Condition: unknown }])).toBe(false);
    expect(may([allow, { ...allow, Effect: 'Deny', Principal: '*', Condition: unknown }])).toBe(false);
  });

  test('may refuse plain HTTP and old TLS, of which neither is CloudFront’s', () => {
    const deny = {
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:*',
      Resource: 'arn:aws:s3:::photos/*',
    };
    expect(
      may([
        allow,
        { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        { ...deny, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
      ]),
    ).toBe(true);
    expect(may([allow, deny])).toBe(false);
  });
});

describe('the behavior of a path', () => {
  const behavior = (pathPattern: string): Behavior => ({
    pathPattern,
    originId: pathPattern,
    methods: ['GET'],
    trustedKeyGroups: [],
    responseHeadersPolicyId: undefined,
  });
  const distribution = {
    behaviors: [behavior('photos/*'), behavior('/img/?.png'), behavior('*')],
  } as unknown as Distribution;

  test.each([
    ['/photos/a', 'photos/*'],
    ['/photos/', 'photos/*'],
    ['/photos/a/b/c.webp', 'photos/*'],
    ['/photos', '*'],
    ['/Photos/a', '*'],
    ['/a/photos/b', '*'],
    ['/img/1.png', '/img/?.png'],
    ['/img/12.png', '*'],
    ['/img/1xpng', '*'],
    ['/', '*'],
    // As RFC 3986 has it, before patterns are compared.
    ['/%70hotos/a', 'photos/*'],
    ['/x/../photos/a', 'photos/*'],
    ['/./photos/a', 'photos/*'],
    ['/photos/../index.html', '*'],
    ['/photos%2Fa', '*'],
  ])('%s is %s', (path, expected) => {
    expect(behaviorFor(distribution, path).pathPattern).toBe(expected);
  });
});
