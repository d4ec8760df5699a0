import { type Resource, resourcesOf, type Template, templateOf, templatesOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

const alarmsOf = (template: Template): Resource[] =>
  resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, alarm]) => alarm);
const names = (template: Template): string[] =>
  alarmsOf(template).map(({ Properties }) => Properties.AlarmName);

describe.each(allVariants())('the monitoring of $name', ({ name, environment, blueprint }) => {
  const { auth } = environment;
  const cognito = blueprint.identity === 'cognito';
  const documents = blueprint.capabilities.includes('documents');
  const monitoring = () => templateOf(name, 'monitoring');
  const prefix = `landfall-${environment.name}`;

  test('watches what the project promises to watch', () => {
    const all = Object.values(templatesOf(name)).flatMap(names);
    const expected = [
      ...(documents ? ['errors', 'throttles', 'duration'].map((what) => `api-documents-${what}`) : []),
      'api-health-errors',
      'api-server-errors',
      'api-latency',
      'api-account-errors',
      'jobs-files-sweep-dead-letters',
      'jobs-waiting-files',
      'jobs-accounts-sweep-dead-letters',
      'jobs-account-export-dead-letters',
      ...(cognito
        ? ['auth-pre-sign-up-errors', 'auth-post-confirmation-errors', 'auth-pre-token-generation-errors']
        : []),
      ...(cognito && auth.userMigration ? ['auth-user-migration-errors'] : []),
      ...(cognito && auth.magicLink
        ? [
            'api-magic-link-errors',
            'auth-challenge-define-errors',
            'auth-challenge-create-errors',
            'auth-challenge-verify-errors',
            'auth-magic-link-sender-dead-letters',
          ]
        : []),
      'storage-cdn-5xx',
      ...(blueprint.database === 'rds' ? ['database-cpu', 'database-storage', 'database-connections'] : []),
      ...(blueprint.cache === 'elasticache' ? ['cache-memory', 'cache-evictions'] : []),
      ...(cognito ? [] : ['api-authorizer-errors']),
    ];
    expect(all).toEqual(expect.arrayContaining(expected.map((alarm) => `${prefix}-${alarm}`)));
  });

  test('says in every alarm what users notice and where the way out is written', () => {
    for (const template of Object.values(templatesOf(name))) {
      for (const { Properties } of alarmsOf(template)) {
        expect(Properties.AlarmDescription).toMatch(
          /^[A-Z].{20,}\. What to do: docs\/runbook\.md#[a-z0-9-]+$/,
        );
        expect(Properties.TreatMissingData).toBeDefined();
      }
    }
  });

  test('tells people when an alarm starts and when it ends', () => {
    const topics = resourcesOf(monitoring(), 'AWS::SNS::Topic').map(([id]) => id);
    expect(topics).toHaveLength(2);
    for (const { Properties } of alarmsOf(monitoring())) {
      expect(topics).toContain(Properties.AlarmActions[0].Ref);
      expect(Properties.OKActions).toEqual(Properties.AlarmActions);
    }
  });

  test('measures error rates in percent of the calls, not in calls', () => {
    const rates = alarmsOf(monitoring()).filter(({ Properties }) =>
      /(documents|health)-errors$|server-errors$/.test(Properties.AlarmName),
    );
    expect(rates).toHaveLength(documents ? 3 : 2);
    for (const { Properties } of rates) {
      expect(Properties.Threshold).toBe(5);
      expect(Properties.Metrics[0].Expression).toBe('IF(whole > 0, 100 * part / whole, 0)');
    }
  });

  test('publishes through encrypted topics, over TLS, for services of this account only', () => {
    for (const [, { Properties }] of resourcesOf(monitoring(), 'AWS::SNS::Topic')) {
      expect(Properties.KmsMasterKeyId).toBeDefined();
    }
    const policies = resourcesOf(monitoring(), 'AWS::SNS::TopicPolicy');
    expect(policies).toHaveLength(2);
    for (const [, { Properties }] of policies) {
      const statements = Properties.PolicyDocument.Statement;
      expect(statements).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
      for (const statement of statements.filter(({ Effect }: { Effect: string }) => Effect === 'Allow')) {
        expect(statement.Condition.StringEquals['aws:SourceAccount']).toEqual({ Ref: 'AWS::AccountId' });
      }
    }
  });

  test('lets CloudWatch use the key of the topics, or no alarm would ever arrive', () => {
    const keys = Object.values(templatesOf(name)).flatMap((template) =>
      resourcesOf(template, 'AWS::KMS::Key'),
    );
    const allowed = keys.filter(([, { Properties }]) =>
      JSON.stringify(Properties.KeyPolicy).includes('cloudwatch.amazonaws.com'),
    );
    expect(allowed.length).toBeGreaterThan(0);
    for (const [, { Properties }] of allowed) expect(Properties.EnableKeyRotation).toBe(true);
  });

  test('writes to every configured address, for both severities', () => {
    const subscriptions = resourcesOf(monitoring(), 'AWS::SNS::Subscription').map(
      ([, { Properties }]) => Properties.Endpoint,
    );
    expect(subscriptions.sort()).toEqual(
      [...environment.monitoring.emails, ...environment.monitoring.emails].sort(),
    );
  });

  test('warns at 50 and 80 % of the budget, and when the forecast passes it', () => {
    const [[, { Properties }]] = resourcesOf(monitoring(), 'AWS::Budgets::Budget') as [[string, Resource]];
    expect(Properties.Budget).toMatchObject({
      TimeUnit: 'MONTHLY',
      BudgetLimit: { Amount: environment.monitoring.budgetUsd, Unit: 'USD' },
      CostFilters: { TagKeyValue: [`user:deployment$${prefix}`] },
    });
    expect(
      Properties.NotificationsWithSubscribers.map(
        ({ Notification }: { Notification: { NotificationType: string; Threshold: number } }) =>
          `${Notification.NotificationType} ${Notification.Threshold}`,
      ),
    ).toEqual(['ACTUAL 50', 'ACTUAL 80', 'FORECASTED 100']);
  });

  test('gives a topic its policy before services are told to publish to it', () => {
    const warning = resourcesOf(monitoring(), 'AWS::SNS::TopicPolicy').find(([id]) => id.includes('Warning'));
    const publishers = ['AWS::Budgets::Budget', 'AWS::RDS::EventSubscription'].flatMap((type) =>
      resourcesOf(monitoring(), type),
    );
    expect(publishers.length).toBeGreaterThan(0);
    for (const [, { DependsOn }] of publishers) expect(DependsOn).toContain(warning?.[0]);
  });

  test('has a dashboard when configured, with a graph for every alarm', () => {
    const dashboards = resourcesOf(monitoring(), 'AWS::CloudWatch::Dashboard');
    expect(dashboards).toHaveLength(environment.monitoring.dashboard ? 1 : 0);
    for (const [, { Properties }] of dashboards) {
      const graphs = JSON.stringify(Properties.DashboardBody).match(/\\"type\\":\\"metric\\"/g) ?? [];
      const alarms = names(monitoring());
      expect(graphs).toHaveLength(alarms.length);
    }
  });
});

test('Slack hears both severities in their channels, when configured', () => {
  const channels = resourcesOf(
    templateOf('other-region', 'monitoring'),
    'AWS::Chatbot::SlackChannelConfiguration',
  );
  expect(channels.map(([, { Properties }]) => Properties.SlackChannelId)).toEqual(['C00000001', 'C00000002']);
  expect(
    resourcesOf(templateOf('prod-platform', 'monitoring'), 'AWS::Chatbot::SlackChannelConfiguration'),
  ).toEqual([]);
});

test('a trigger that refuses by failing is an alarm only when it does nothing else', () => {
  const thresholds = Object.fromEntries(
    alarmsOf(templateOf('identity-full', 'monitoring'))
      .filter(({ Properties }) => /-auth-.*-errors$/.test(Properties.AlarmName))
      .map(({ Properties }) => [
        Properties.AlarmName.replace('landfall-identity-auth-', ''),
        Properties.Threshold,
      ]),
  );
  expect(thresholds).toMatchObject({
    'pre-sign-up-errors': 99,
    'user-migration-errors': 99,
    'pre-token-generation-errors': 5,
  });
});
