/** A REST API in a real CDK app that uses every feature the local front end has, served over HTTP. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import * as api from 'aws-cdk-lib/aws-apigateway';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { HttpServer } from '../../../../scripts/local/http-server';
import { Log } from '../../../../scripts/local/log';
import { claimPorts } from '../../../../scripts/local/ports';
import { createGateway } from '../../../../scripts/local/rest-api/gateway';
import { deployApp, synthesizeApp, temporaryDirectory } from '../deployed-app';

const poolId = 'us-east-1_Example12';
const clientId = 'exampleclient';
const issuer = `https://cognito-idp.us-east-1.amazonaws.com/${poolId}`;
const poolKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });

const echo = `exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });`;

const answers = `exports.handler = async ({ queryStringParameters: query }) => {
  switch (query.case) {
    case 'multi': return { statusCode: 201, headers: { 'X-One': '1' }, multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] }, body: 'made' };
    case 'bytes': return { statusCode: 200, headers: { 'Content-Type': 'image/png' }, body: 'iVBORw==', isBase64Encoded: true };
    case 'shape': return { hello: 'world' };
    case 'throw': throw new Error('secret detail');
    case 'slow': return new Promise(() => {});
    case 'large': return { statusCode: 200, body: 'x'.repeat(6.5e6) };
    case 'empty': return { statusCode: 204 };
  }
};`;

const authorizer = `let calls = 0;
exports.handler = async ({ authorizationToken, methodArn }) => {
  calls += 1;
  if (authorizationToken === 'Bearer unknown') throw new Error('Unauthorized');
  if (authorizationToken === 'Bearer broken') throw new Error('Oops');
  if (authorizationToken === 'Bearer odd') return { principalId: 'x' };
  const effect = authorizationToken === 'Bearer denied' ? 'Deny' : 'Allow';
  const resource = authorizationToken === 'Bearer narrow' ? methodArn : methodArn.split('/').slice(0, 2).join('/') + '/*';
  return {
    principalId: 'p',
    policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: resource }] },
    context: { sub: 'u', calls },
  };
};`;

function defineApi(stack: Stack): void {
  const code = (id: string, source: string) =>
    new LambdaFunction(stack, id, {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline(source),
      timeout: Duration.seconds(20),
      memorySize: 256,
    });
  const rest = new api.RestApi(stack, 'Api', {
    deployOptions: { stageName: 'v1', variables: { colour: 'blue' } },
    binaryMediaTypes: ['image/png'],
    defaultCorsPreflightOptions: { allowOrigins: ['http://localhost:3000', 'http://localhost:5173'] },
  });
  const echoes = new api.LambdaIntegration(code('Echo', echo).addAlias('live'));
  const answering = new api.LambdaIntegration(code('Answers', answers), { timeout: Duration.millis(600) });
  const pool = UserPool.fromUserPoolArn(
    stack,
    'Pool',
    `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${poolId}`,
  );
  const cognito = new api.CognitoUserPoolsAuthorizer(stack, 'Cognito', { cognitoUserPools: [pool] });
  (cognito.node.defaultChild as api.CfnAuthorizer).identityValidationExpression = clientId;
  const token = new api.TokenAuthorizer(stack, 'Token', {
    handler: code('Verifier', authorizer),
    resultsCacheTtl: Duration.minutes(5),
    validationRegex: '^Bearer \\w+$',
  });
  const model = rest.addModel('Thing', {
    schema: {
      type: api.JsonSchemaType.OBJECT,
      required: ['name'],
      additionalProperties: false,
      properties: {
        name: { type: api.JsonSchemaType.STRING, maxLength: 5 },
        size: { type: api.JsonSchemaType.INTEGER, maximum: 9 },
      },
    },
  });
  const things = rest.root.addResource('things');
  things.addMethod('POST', echoes, {
    requestModels: { 'application/json': model },
    requestParameters: { 'method.request.querystring.kind': true, 'method.request.header.X-Wanted': true },
    requestValidatorOptions: { validateRequestBody: true, validateRequestParameters: true },
  });
  things.addResource('{id}').addMethod('GET', echoes);
  things.addResource('special').addMethod('GET', answering);
  things.addResource('upload').addMethod('PUT', echoes);
  rest.root.addResource('files').addResource('{proxy+}').addMethod('ANY', echoes);
  rest.root.addResource('mine').addMethod('GET', echoes, { authorizer: cognito });
  rest.root
    .addResource('scoped')
    .addMethod('GET', echoes, { authorizer: cognito, authorizationScopes: ['things/read'] });
  const guarded = rest.root.addResource('guarded');
  guarded.addMethod('GET', echoes, { authorizer: token });
  guarded.addMethod('POST', echoes, { authorizer: token });
  rest.addGatewayResponse('Unauthorized', {
    type: api.ResponseType.UNAUTHORIZED,
    statusCode: '418',
    responseHeaders: { 'Access-Control-Allow-Origin': 'method.request.header.Origin', 'X-Fixed': "'yes'" },
    templates: {
      'application/json':
        '{"said":$context.error.messageString,"id":"$context.requestId","type":"$context.error.responseType"}',
    },
  });
  rest.addGatewayResponse('BadBody', {
    type: api.ResponseType.BAD_REQUEST_BODY,
    templates: { 'text/plain': '$context.error.validationErrorString' },
  });
}

export interface ExampleApi {
  readonly url: string;
  readonly logLines: string[];
  close(): Promise<void>;
}

export async function serveExampleApi(): Promise<ExampleApi> {
  const assembly = synthesizeApp((app) =>
    defineApi(new Stack(app, 'example', { env: { region: 'us-east-1' } })),
  );
  const deployed = await deployApp(assembly);
  const { functions, declared } = deployed.system;
  const [definition] = declared.restApis.values();
  if (!definition) throw new Error('The app has no API.');
  const log = new Log(join(temporaryDirectory(), 'log'), (line) => deployed.logLines.push(line));
  const http = new HttpServer({ log });
  const { api: port } = await claimPorts(0);
  await http.listen(port);
  const key = { ...poolKeys.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };
  const gateway = createGateway(definition, {
    region: 'us-east-1',
    userPools: { issuer: () => issuer, jwks: () => ({ keys: [key as never] }) },
    authorize: deployed.system.accessControl.authorize,
    invoke: (arn, event, requestId) => functions.invoke(arn, event, requestId),
    nameOf: (arn) => functions.definition(arn).label,
    log: (line) => deployed.logLines.push(line),
  });
  http.serve(gateway, async () => undefined);
  const close = async () => {
    await http.close();
    await deployed.close();
    await log.close();
  };
  return { url: `http://localhost:${port}`, logLines: deployed.logLines, close };
}

/** A token as the user pool signs it, with claims of its own choice. */
export function poolToken(claims: Record<string, unknown> = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const all = {
    iss: issuer,
    sub: 'user-1',
    aud: clientId,
    token_use: 'id',
    iat: now,
    exp: now + 60,
    'cognito:groups': ['a', 'b'],
    ...claims,
  };
  const text = `${part({ kid: 'k1', alg: 'RS256' })}.${part(all)}`;
  return `${text}.${sign('sha256', Buffer.from(text), poolKeys.privateKey).toString('base64url')}`;
}
