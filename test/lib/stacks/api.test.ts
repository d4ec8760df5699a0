import { errorStatus, type Route } from '../../../lambdas/shared/contract';
import { contractsOf } from '../../../lib/contracts';
import { type Resource, resourcesOf, type Template, templateOf } from '../../support/assembly';
import { allVariants, type Variant } from '../../support/variants';

const methodsOf = (api: Template) => {
  const paths = new Map<string, string>();
  const resources = new Map(resourcesOf(api, 'AWS::ApiGateway::Resource'));
  const pathOf = (id: string): string => {
    const resource = resources.get(id) as Resource;
    const parent = resource.Properties.ParentId.Ref as string | undefined;
    return `${parent ? pathOf(parent) : ''}/${resource.Properties.PathPart}`;
  };
  for (const id of resources.keys()) paths.set(id, pathOf(id));
  return resourcesOf(api, 'AWS::ApiGateway::Method').map(([, { Properties }]) => ({
    key: `${Properties.HttpMethod} ${paths.get(Properties.ResourceId.Ref) ?? '/'}`,
    properties: Properties,
  }));
};
const routesOf = (variant: Variant): Route[] => contractsOf(variant).flatMap(({ routes }) => routes);
const single = (api: Template, type: string): Resource => {
  const found = resourcesOf(api, type);
  expect(found).toHaveLength(1);
  return found[0]?.[1] as Resource;
};

describe.each(allVariants())('the API of $name', (variant) => {
  const { name, environment, blueprint } = variant;
  const api = () => templateOf(name, 'api');
  const routes = routesOf(variant);

  test('has the methods of the contracts, a preflight for each path, and nothing else', () => {
    const expected = [
      ...routes.map(({ method, path }) => `${method} ${path}`),
      ...new Set(routes.map(({ path }) => `OPTIONS ${path}`)),
    ];
    expect(
      methodsOf(api())
        .map(({ key }) => key)
        .sort(),
    ).toEqual(expected.sort());
  });

  test('demands a token on every route that is not public by its contract', () => {
    for (const { key, properties } of methodsOf(api())) {
      const route = routes.find(({ method, path }) => key === `${method} ${path}`);
      const open = key.startsWith('OPTIONS ') || route?.authorization === 'public';
      const closed = blueprint.identity === 'cognito' ? 'COGNITO_USER_POOLS' : 'CUSTOM';
      expect({ key, type: properties.AuthorizationType }).toEqual({ key, type: open ? 'NONE' : closed });
      if (!open) expect(properties.AuthorizerId).toBeDefined();
    }
  });

  test('accepts tokens of our client or issuer only', () => {
    const { Properties } = single(api(), 'AWS::ApiGateway::Authorizer');
    if (blueprint.identity === 'cognito') {
      expect(Properties.Type).toBe('COGNITO_USER_POOLS');
      const [before, client, after] = Properties.IdentityValidationExpression['Fn::Join'][1];
      expect([before, after]).toEqual(['^', '$']);
      expect(JSON.stringify(client)).toMatch(/ExportsOutputRefUsersWeb/);
    } else {
      expect(Properties.Type).toBe('TOKEN');
      expect(Properties.AuthorizerResultTtlInSeconds).toBeLessThanOrEqual(60);
      const expression = new RegExp(Properties.IdentityValidationExpression);
      expect(expression.test('Bearer aaa.bbb-_.ccc')).toBe(true);
      for (const garbage of ['', 'Bearer', 'Bearer aaa', 'aaa.bbb.ccc', 'Bearer a.b.c; x']) {
        expect(expression.test(garbage)).toBe(false);
      }
    }
  });

  test('checks bodies and parameters before a function runs', () => {
    expect(single(api(), 'AWS::ApiGateway::RequestValidator').Properties).toMatchObject({
      ValidateRequestBody: true,
      ValidateRequestParameters: true,
    });
    for (const { key, properties } of methodsOf(api())) {
      const route = routes.find(({ method, path }) => key === `${method} ${path}`);
      if (!route) continue;
      expect(properties.RequestValidatorId).toBeDefined();
      expect(properties.RequestModels !== undefined).toBe(route.body !== undefined);
      for (const [, parameter] of route.path.matchAll(/\{(\w+)\}/g)) {
        expect(properties.RequestParameters[`method.request.path.${parameter}`]).toBe(true);
      }
    }
  });

  test('has models in the dialect of API Gateway that allow no unknown property', () => {
    for (const [, { Properties }] of resourcesOf(api(), 'AWS::ApiGateway::Model')) {
      expect(Properties.Schema).toMatchObject({
        $schema: 'http://json-schema.org/draft-04/schema#',
        type: 'object',
        additionalProperties: false,
      });
    }
  });

  test('answers preflights for exactly the configured origins', () => {
    const expected = environment.api.corsOrigins.map((origin) => `$origin == "${origin}"`).join(' || ');
    for (const { key, properties } of methodsOf(api())) {
      if (!key.startsWith('OPTIONS ')) continue;
      const [response] = properties.Integration.IntegrationResponses;
      expect(response.ResponseTemplates['application/json']).toContain(`#if(${expected})`);
      // A pattern would turn every dot of an origin into a wildcard.
      expect(JSON.stringify(response)).not.toMatch(/'\*'|matches\(/);
    }
  });

  test('answers in the error shape when a request never reaches a function', () => {
    const responses = resourcesOf(api(), 'AWS::ApiGateway::GatewayResponse');
    expect(responses.length).toBeGreaterThanOrEqual(18);
    for (const [, { Properties }] of responses) {
      const { error } = JSON.parse(Properties.ResponseTemplates['application/json']);
      expect(Object.keys(error)).toEqual(['code', 'message', 'requestId']);
      expect(error.requestId).toBe('$context.requestId');
      const status = errorStatus[error.code as keyof typeof errorStatus];
      expect([undefined, String(status)]).toContain(Properties.StatusCode);
      const origin = Properties.ResponseParameters['gatewayresponse.header.Access-Control-Allow-Origin'];
      const [first, second] = environment.api.corsOrigins;
      expect(origin).toBe(second ? 'method.request.header.Origin' : `'${first}'`);
    }
  });

  test('answers 401 without a token and 404 for an unknown route', () => {
    const status = Object.fromEntries(
      resourcesOf(api(), 'AWS::ApiGateway::GatewayResponse').map(([, { Properties }]) => [
        Properties.ResponseType,
        Properties.StatusCode,
      ]),
    );
    expect(status).toMatchObject({
      UNAUTHORIZED: '401',
      MISSING_AUTHENTICATION_TOKEN: '404',
      THROTTLED: '429',
    });
  });

  test('logs requests without tokens, query strings or ids, and never their bodies', () => {
    const { Properties } = single(api(), 'AWS::ApiGateway::Stage');
    const format = JSON.parse(Properties.AccessLogSetting.Format) as Record<string, string>;
    expect(format.requestId).toBe('$context.requestId');
    for (const variable of Object.values(format)) {
      expect(variable).not.toMatch(/authorizer|claims|querystring|\$context\.path|input|header/i);
    }
    for (const { DataTraceEnabled } of Properties.MethodSettings) expect(DataTraceEnabled).toBe(false);
  });

  test('is traced, measured and throttled', () => {
    const { throttle } = environment.api;
    expect(single(api(), 'AWS::ApiGateway::Stage').Properties).toMatchObject({
      TracingEnabled: true,
      MethodSettings: [
        {
          LoggingLevel: 'ERROR',
          MetricsEnabled: true,
          ThrottlingRateLimit: throttle.ratePerSecond,
          ThrottlingBurstLimit: throttle.burst,
        },
      ],
    });
  });

  test('creates the log group of the stage before API Gateway would', () => {
    const stage = single(api(), 'AWS::ApiGateway::Stage');
    const execution = resourcesOf(api(), 'AWS::Logs::LogGroup').find(([, { Properties }]) =>
      JSON.stringify(Properties.LogGroupName ?? '').includes('API-Gateway-Execution-Logs_'),
    );
    expect(stage.DependsOn).toContain(execution?.[0]);
    expect(execution?.[1].Properties.RetentionInDays).toBe(environment.logRetentionDays);
  });

  test('speaks TLS 1.2 or later, and has no policy that could open it', () => {
    const { Properties } = single(api(), 'AWS::ApiGateway::RestApi');
    expect(Properties.SecurityPolicy).toMatch(/^SecurityPolicy_TLS13_1_[23]/);
    expect(Properties.EndpointAccessMode).toBe('STRICT');
    expect(Properties.Policy).toBeUndefined();
  });

  test('stands behind a firewall exactly when configured', () => {
    const acls = resourcesOf(api(), 'AWS::WAFv2::WebACL');
    expect(acls).toHaveLength(environment.api.waf ? 1 : 0);
    expect(resourcesOf(api(), 'AWS::WAFv2::WebACLAssociation')).toHaveLength(acls.length);
    for (const [, { Properties }] of acls) {
      const names = Properties.Rules.map((rule: { Name: string }) => rule.Name);
      expect(names).toContain('rate-per-address');
      expect(names).toContain('AWSManagedRulesKnownBadInputsRuleSet');
      // `../` in a file name is no attack on an API that cleans names; every other rule blocks.
      const counted = [...JSON.stringify(Properties.Rules).matchAll(/"Count":\{\}\},"Name":"(\w+)"/g)];
      expect(counted.map(([, rule]) => rule)).toEqual(['GenericLFI_BODY']);
    }
    for (const [, { Properties }] of resourcesOf(api(), 'AWS::WAFv2::LoggingConfiguration')) {
      expect(JSON.stringify(Properties.RedactedFields)).toContain('authorization');
    }
  });

  test('shifts traffic step by step, and back on an alarm, exactly when configured', () => {
    const groups = resourcesOf(api(), 'AWS::CodeDeploy::DeploymentGroup');
    const aliases = resourcesOf(api(), 'AWS::Lambda::Alias');
    const canary = environment.api.canary !== 'all-at-once';
    const domains = contractsOf(variant).length;
    expect(groups).toHaveLength(canary ? domains : 0);
    for (const [, { Properties }] of groups) {
      expect(Properties.AutoRollbackConfiguration.Events).toContain('DEPLOYMENT_STOP_ON_ALARM');
      expect(Properties.AlarmConfiguration).toMatchObject({ Enabled: true, Alarms: [expect.anything()] });
    }
    const shifted = aliases.filter(([, { UpdatePolicy }]) => UpdatePolicy?.CodeDeployLambdaAliasUpdate);
    expect(shifted).toHaveLength(canary ? domains : 0);
  });

  test('tells every function what it works with, and nothing else', () => {
    const shared =
      /^(LANDFALL_VERSION|LOG_LEVEL|AWS_USE_DUALSTACK_ENDPOINT|NODE_EXTRA_CA_CERTS)$|^(DATABASE|CACHE)_/;
    const told = resourcesOf(api(), 'AWS::Lambda::Function')
      .filter(([id]) => !id.startsWith('Oidc'))
      .map(([id, { Properties }]) => [
        id.replace(/Function.*/, ''),
        Object.keys(Properties.Environment.Variables)
          .filter((key) => !shared.test(key))
          .sort(),
      ]);
    const { identity, capabilities } = blueprint;
    const cognito = identity === 'cognito';
    expect(Object.fromEntries(told)).toEqual({
      health: ['CORS_ORIGINS'],
      account: [
        ...['CORS_ORIGINS', 'DOCUMENTS_BUCKET', 'EXPORT_FUNCTION'],
        ...(cognito ? ['USER_POOL_ID'] : []),
      ],
      ...(capabilities.includes('documents') && {
        documents: [
          'CORS_ORIGINS',
          'DOCUMENTS_BUCKET',
          'DOCUMENTS_FORMATS',
          'DOCUMENTS_MAX_BYTES',
          'MALWARE_PROTECTION',
        ],
      }),
      ...(capabilities.includes('resumes') && {
        jobs: [
          'CORS_ORIGINS',
          'DOCUMENTS_BUCKET',
          'MALWARE_PROTECTION',
          'RESUMES_MAX_ARCHIVE_BYTES',
          'RESUMES_MAX_BYTES',
          'RESUMES_RETENTION_DAYS',
        ],
      }),
      ...(capabilities.includes('photos') && {
        photos: [
          'CDN_URL',
          'CORS_ORIGINS',
          'PHOTOS_BUCKET',
          'PHOTOS_MAX_BYTES',
          'PHOTOS_MAX_MEGAPIXELS',
          'PHOTOS_MAX_PER_USER',
          'PHOTO_KEY_PAIR_ID',
          'PHOTO_KEY_SECRET_ARN',
        ],
      }),
      ...(cognito && environment.auth.magicLink
        ? {
            magiclink: [
              'CORS_ORIGINS',
              'MAGIC_LINK_REDIRECT_URIS',
              'MAGIC_LINK_REQUESTS_PER_HOUR',
              'MAGIC_LINK_TABLE',
              'USER_POOL_CLIENT_ID',
              'USER_POOL_ID',
            ],
          }
        : {}),
    });
  });

  test('lets API Gateway call aliases only, and only for this stage of this API', () => {
    const ids = new Set(resourcesOf(api(), 'AWS::Lambda::Alias').map(([id]) => id));
    const permissions = resourcesOf(api(), 'AWS::Lambda::Permission');
    expect(permissions.length).toBeGreaterThan(0);
    for (const [, { Properties }] of permissions) {
      expect(Properties.Principal).toBe('apigateway.amazonaws.com');
      expect(ids).toContain(Properties.FunctionName.Ref);
      // The account, and the id of the API, are references; a literal * in their place would be anybody.
      const arn = Properties.SourceArn['Fn::Join'][1];
      expect(arn).toContainEqual({ Ref: 'AWS::AccountId' });
      expect(arn).toContainEqual({ Ref: resourcesOf(api(), 'AWS::ApiGateway::RestApi')[0]?.[0] });
    }
  });
});
