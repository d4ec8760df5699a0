import { type Resource, resourcesOf, type Template, templateOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const withPool = allVariants().filter(({ blueprint }) => blueprint.identity === 'cognito');
const template = (variant: string): Template => templateOf(variant, 'auth');

/** The function of each step, by the name Cognito has for the step, and the sender as `Sender`. */
function functionsOf(variant: string): Record<string, { readonly id: string; readonly fn: Resource }> {
  const functions = resourcesOf(template(variant), 'AWS::Lambda::Function');
  const find = (id: string) => ({ id, fn: functions.find(([found]) => found === id)?.[1] as Resource });
  const [[, pool]] = resourcesOf(template(variant), 'AWS::Cognito::UserPool') as [[string, Resource]];
  const steps = Object.entries<{ 'Fn::GetAtt': [string, string] }>(pool.Properties.LambdaConfig);
  const sender = functions.find(([id]) => id.startsWith('MagicLinkSenderFunction'));
  return {
    ...Object.fromEntries(steps.map(([step, arn]) => [step, find(arn['Fn::GetAtt'][0])])),
    ...(sender && { Sender: find(sender[0]) }),
  };
}

/** What the role of a function may do beyond writing its log and its traces. */
function grantsOf(variant: string, functionId: string): Statement[] {
  const role = template(variant).Resources[functionId]?.Properties.Role['Fn::GetAtt'][0];
  return resourcesOf(template(variant), 'AWS::IAM::Policy')
    .filter(([, { Properties }]) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[])
    .filter(({ Action }) => ![Action].flat().includes('logs:PutLogEvents'));
}

const actionsOf = (statements: readonly Statement[]) =>
  [...new Set(statements.flatMap(({ Action }) => Action))].sort();

describe.each(withPool)('the triggers of $name', ({ name, environment: { auth, encryption } }) => {
  const functions = functionsOf(name);

  test('are those that the configuration needs, each with a function and a role of its own', () => {
    const expected = [
      ...['PreSignUp', 'PostConfirmation', 'PreTokenGeneration'],
      ...(auth.userMigration ? ['UserMigration'] : []),
      ...(auth.magicLink
        ? ['DefineAuthChallenge', 'CreateAuthChallenge', 'VerifyAuthChallengeResponse', 'Sender']
        : []),
    ];
    expect(Object.keys(functions).sort()).toEqual(expected.sort());
    const roles = Object.values(functions).map(({ fn }) => JSON.stringify(fn.Properties.Role));
    expect(new Set(roles).size).toBe(expected.length);
  });

  test('give up when Cognito does', () => {
    for (const [step, { fn }] of Object.entries(functions)) {
      if (step !== 'Sender') expect(fn.Properties.Timeout).toBe(5);
    }
  });

  test('can be called by this pool of this account, and by nobody else', () => {
    const permissions = resourcesOf(template(name), 'AWS::Lambda::Permission');
    const called = permissions.map(([, { Properties }]) => Properties.FunctionName['Fn::GetAtt'][0]);
    const steps = Object.entries(functions).filter(([step]) => step !== 'Sender');
    expect(called.sort()).toEqual(steps.map(([, { id }]) => id).sort());
    for (const [, { Properties }] of permissions) {
      expect(Properties).toMatchObject({
        Action: 'lambda:InvokeFunction',
        Principal: 'cognito-idp.amazonaws.com',
        SourceAccount: { Ref: 'AWS::AccountId' },
        SourceArn: {
          'Fn::GetAtt': [resourcesOf(template(name), 'AWS::Cognito::UserPool')[0]?.[0], 'Arn'],
        },
      });
    }
  });

  test('may do what their step needs, and nothing else', () => {
    const connect = ['rds-db:connect'];
    const tableKey = ['kms:Decrypt'];
    const own = encryption === 'customer-managed';
    const secret = ['secretsmanager:GetSecretValue'];
    const database = name === 'external-database' ? secret : connect;
    const expected: Record<string, readonly string[]> = {
      PreSignUp: [],
      PostConfirmation: database,
      PreTokenGeneration: database,
      // Only where passwords are checked at Supabase, too.
      UserMigration: name === 'local-migrating' ? connect : [...connect, ...secret],
      DefineAuthChallenge: [],
      CreateAuthChallenge: ['lambda:InvokeFunction'],
      VerifyAuthChallengeResponse: ['dynamodb:UpdateItem', 'kms:VerifyMac', ...(own ? tableKey : [])],
      Sender: [
        ...['dynamodb:PutItem', 'kms:GenerateMac', 'ses:SendEmail', 'sqs:SendMessage'],
        // The latter for its dead letters.
        ...(own ? [...tableKey, 'kms:GenerateDataKey'] : []),
      ],
    };
    for (const [step, { id }] of Object.entries(functions)) {
      expect({ step, actions: actionsOf(grantsOf(name, id)) }).toEqual({
        step,
        actions: [...(expected[step] ?? [])].sort(),
      });
    }
  });

  test('reach the database as the role that can only ask who somebody is', () => {
    for (const [step, { id, fn }] of Object.entries(functions)) {
      const { DATABASE_USER } = fn.Properties.Environment?.Variables ?? {};
      if (!['PostConfirmation', 'PreTokenGeneration', 'UserMigration'].includes(step)) {
        expect([DATABASE_USER, fn.Properties.VpcConfig]).toEqual([undefined, undefined]);
        continue;
      }
      expect(DATABASE_USER).toBe('identity');
      const [grant] = grantsOf(name, id).filter(({ Action }) => Action === 'rds-db:connect');
      if (grant) expect(JSON.stringify(grant.Resource)).toMatch(/\/identity"/);
    }
  });
});

const magic = withPool.filter(({ environment }) => environment.auth.magicLink);

describe.each(magic)('sign-in by magic link in $name', ({ name, environment: { auth, removal } }) => {
  const functions = functionsOf(name);
  const variables = (step: string) => functions[step]?.fn.Properties.Environment.Variables;

  test('keeps links in a table that forgets them, and is itself kept as configured', () => {
    const [[, table]] = resourcesOf(template(name), 'AWS::DynamoDB::Table') as [[string, Resource]];
    const kept = removal !== 'destroy';
    expect(table.Properties).toMatchObject({
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: kept,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: kept },
    });
    expect(table.DeletionPolicy).toBe(kept ? 'Retain' : 'Delete');
  });

  test('seals them with a key for nothing else', () => {
    const keys = resourcesOf(template(name), 'AWS::KMS::Key');
    expect(keys.map(([, { Properties }]) => [Properties.KeySpec, Properties.KeyUsage])).toEqual([
      ['HMAC_256', 'GENERATE_VERIFY_MAC'],
    ]);
    const arn = { 'Fn::GetAtt': [keys[0]?.[0], 'Arn'] };
    expect([
      variables('Sender').MAGIC_LINK_KEY,
      variables('VerifyAuthChallengeResponse').MAGIC_LINK_KEY,
    ]).toEqual([arn, arn]);
  });

  test('mails as one sender only', () => {
    const [statement] = grantsOf(name, functions.Sender?.id as string).filter(
      ({ Action }) => Action === 'ses:SendEmail',
    );
    const address = /[^<\s]+@[^>\s]+/.exec(auth.magicLink?.from ?? '')?.[0];
    expect(statement?.Condition).toEqual({ StringEquals: { 'ses:FromAddress': address } });
    const identities = [...JSON.stringify(statement?.Resource).matchAll(/:identity\/([^"]+)"/g)];
    expect(identities.map(([, identity]) => identity).sort()).toEqual(
      [address, address?.split('@')[1]].sort(),
    );
    expect(variables('Sender').MAGIC_LINK_FROM).toBe(auth.magicLink?.from);
  });

  test('leads to the configured addresses only, in both places that decide about it', () => {
    const redirectUris = auth.magicLink?.redirectUris.join(',');
    const [, api] = resourcesOf(templateOf(name, 'api'), 'AWS::Lambda::Function').find(([id]) =>
      id.startsWith('magiclinkFunction'),
    ) as [string, Resource];
    expect([
      variables('CreateAuthChallenge').MAGIC_LINK_REDIRECT_URIS,
      api.Properties.Environment.Variables.MAGIC_LINK_REDIRECT_URIS,
    ]).toEqual([redirectUris, redirectUris]);
  });

  test('has one way to its sender: the trigger that asks for a link', () => {
    const sender = { 'Fn::GetAtt': [functions.Sender?.id, 'Arn'] };
    const callers = Object.entries(functions).filter(([, { id }]) =>
      grantsOf(name, id).some(({ Action }) => Action === 'lambda:InvokeFunction'),
    );
    expect(callers.map(([step]) => step)).toEqual(['CreateAuthChallenge']);
    expect(variables('CreateAuthChallenge').MAGIC_LINK_SENDER).toEqual(sender);
  });

  test('keeps mails that could not be sent, and says so', () => {
    const [queue] = resourcesOf(template(name), 'AWS::SQS::Queue')[0] as [string, Resource];
    expect(functions.Sender?.fn.Properties.DeadLetterConfig).toEqual({
      TargetArn: { 'Fn::GetAtt': [queue, 'Arn'] },
    });
    const [[, invoke]] = resourcesOf(template(name), 'AWS::Lambda::EventInvokeConfig') as [
      [string, Resource],
    ];
    expect(invoke.Properties).toMatchObject({
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: (auth.magicLink?.minutes ?? 0) * 60,
    });
  });
});

test('without magic links there is neither table nor key nor function for them', () => {
  for (const stack of ['auth', 'api']) {
    expect(JSON.stringify(templateOf('lite', stack))).not.toMatch(/magic|AWS::DynamoDB|HMAC|ses:/i);
  }
});

test('users who move are checked at Supabase and in the database until the configured day', () => {
  const { fn } = functionsOf('identity-full').UserMigration as { fn: Resource };
  expect(fn.Properties.Environment.Variables).toMatchObject({
    LEGACY_ISSUER: 'https://project.supabase.co/auth/v1',
    MIGRATION_UNTIL: '2027-06-30',
    LEGACY_SUPABASE_URL: 'https://project.supabase.co',
    LEGACY_HASHES: 'true',
  });
  expect(JSON.stringify(fn.Properties.Environment.Variables.LEGACY_SUPABASE_SECRET_ARN)).toMatch(
    /:secret:landfall\/supabase"/,
  );
});
