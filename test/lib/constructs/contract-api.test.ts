import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AuthorizationType } from 'aws-cdk-lib/aws-apigateway';
import { Alias, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import * as z from 'zod';
import cdkJson from '../../../cdk.json';
import type { Contract, Route } from '../../../lambdas/shared/contract';
import { ContractApi } from '../../../lib/constructs/contract-api';
import { LogGroup } from '../../../lib/constructs/log-group';

const route: Route = {
  id: 'createThing',
  method: 'POST',
  path: '/things/{id}',
  authorization: 'user',
  summary: 'Create a thing',
  body: z.strictObject({ name: z.string() }),
  response: { status: 204, description: 'Created.' },
  uses: [],
};

function synthesize(change: Partial<Route> = {}, corsOrigins = ['https://app.example.com']): Template {
  const stack = new Stack(new App({ context: cdkJson.context }), 'landfall-test-api');
  const version = new LambdaFunction(stack, 'Things', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => ({ statusCode: 204 })'),
  }).currentVersion;
  const contract: Contract = {
    domain: 'things',
    description: 'Things.',
    impact: 'No things.',
    memoryMiB: 128,
    timeoutSeconds: 10,
    routes: [{ ...route, ...change }],
  };
  new ContractApi(stack, 'Api', {
    description: 'Test',
    contracts: [contract],
    functions: new Map([['things', new Alias(stack, 'Live', { aliasName: 'live', version })]]),
    createAuthorizer: () => ({ authorizerId: 'authorizer', authorizationType: AuthorizationType.CUSTOM }),
    api: {
      corsOrigins,
      throttle: { ratePerSecond: 1, burst: 1 },
      waf: false,
      canary: 'all-at-once',
      databaseConnectionShare: 0.5,
    },
    accessLogs: new LogGroup(stack, 'Logs', { retentionDays: 7, removal: 'destroy', encryption: {} }),
  });
  return Template.fromStack(stack);
}

const deployment = (template: Template) =>
  Object.keys(template.findResources('AWS::ApiGateway::Deployment'))[0];

test('an unchanged API is not deployed again', () => {
  expect(deployment(synthesize())).toBe(deployment(synthesize()));
});

test.each<[string, () => Template]>([
  ['the method of a route', () => synthesize({ method: 'PUT' })],
  ['the path of a route', () => synthesize({ path: '/stuff/{id}' })],
  ['the schema of a body', () => synthesize({ body: z.strictObject({ name: z.string().max(3) }) })],
  ['a query parameter', () => synthesize({ query: z.strictObject({ cursor: z.string().optional() }) })],
  [
    'who may call a route',
    () =>
      synthesize({
        authorization: 'public',
        publicReason: 'For a test of it.',
        publicSince: '2026-11-26',
      }),
  ],
  ['an allowed origin', () => synthesize({}, ['https://other.example.com'])],
])('a change of %s is deployed', (_, changed) => {
  expect(deployment(changed())).not.toBe(deployment(synthesize()));
});

test.each([
  ['a reason', {}],
  ['the day on which it was accepted', { publicReason: 'For a test of it.' }],
])('a public route needs %s', (_, given) => {
  expect(() => synthesize({ authorization: 'public', ...given })).toThrow(
    /createThing is public without a publicReason and publicSince/,
  );
});

test('a required query parameter is demanded by API Gateway, an optional one declared', () => {
  const query = z.strictObject({
    needed: z.string(),
    wanted: z.string().optional(),
    given: z.coerce.number().default(3),
  });
  synthesize({ query }).hasResourceProperties('AWS::ApiGateway::Method', {
    OperationName: 'createThing',
    RequestParameters: {
      'method.request.path.id': true,
      'method.request.querystring.needed': true,
      'method.request.querystring.wanted': false,
      'method.request.querystring.given': false,
    },
  });
});
