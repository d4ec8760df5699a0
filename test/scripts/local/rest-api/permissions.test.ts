/** API Gateway invokes what policies of functions let it invoke, for the method or the authorizer that they name. */
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import * as api from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnFunction,
  CfnPermission,
  Code,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { HttpServer } from '../../../../scripts/local/http-server';
import { Log } from '../../../../scripts/local/log';
import { claimPorts } from '../../../../scripts/local/ports';
import { createGateway } from '../../../../scripts/local/rest-api/gateway';
import {
  type DeployedApp,
  deployApp,
  removeTemporaryDirectories,
  synthesizeApp,
  temporaryDirectory,
} from '../deployed-app';

const answer = `exports.handler = async () => ({ statusCode: 200, body: 'reached' });`;
const verifier = `exports.handler = async ({ methodArn }) => ({
  principalId: 'p',
  policyDocument: { Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }] },
});`;

/** Takes away the permissions that the CDK has made for a function, or lets them be for another source. */
function rewritePermissions(stack: Stack, of: LambdaFunction, source: 'none' | string): void {
  const id = stack.getLogicalId(of.node.defaultChild as CfnFunction);
  for (const node of stack.node.findAll()) {
    if (!(node instanceof CfnPermission) || !JSON.stringify(stack.resolve(node.functionName)).includes(id))
      continue;
    if (source === 'none') node.node.scope?.node.tryRemoveChild(node.node.id);
    else node.sourceArn = source;
  }
}

function define(stack: Stack): void {
  const functionOf = (id: string, source: string) =>
    new LambdaFunction(stack, id, {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline(source),
    });
  const rest = new api.RestApi(stack, 'Api', { deployOptions: { stageName: 'v1' } });
  const route = (path: string, handler: LambdaFunction, authorizer?: LambdaFunction) =>
    rest.root
      .addResource(path)
      .addResource('{id}')
      .addMethod('GET', new api.LambdaIntegration(handler, { allowTestInvoke: false }), {
        ...(authorizer && {
          authorizer: new api.TokenAuthorizer(stack, `${path}Authorizer`, { handler: authorizer }),
        }),
      });
  const [open, none, other] = ['Open', 'None', 'Other'].map((id) => functionOf(id, answer));
  const [verifies, deaf] = ['Verifies', 'Deaf'].map((id) => functionOf(id, verifier));
  if (!open || !none || !other || !verifies || !deaf) throw new Error('unreachable');
  route('open', open, verifies);
  route('none', none);
  route('other', other);
  route('deaf', open, deaf);
  rewritePermissions(stack, none, 'none');
  rewritePermissions(stack, other, `arn:aws:execute-api:us-east-1:${stack.account}:another/v1/GET/other/*`);
  rewritePermissions(stack, deaf, 'none');
}

let app: DeployedApp;
let http: HttpServer;
let log: Log;
let url: string;

beforeAll(async () => {
  app = await deployApp(
    synthesizeApp((root) => define(new Stack(root, 'example', { env: { region: 'us-east-1' } }))),
  );
  const { functions, declared, accessControl } = app.system;
  const [definition] = declared.restApis.values();
  if (!definition) throw new Error('the app has no API');
  log = new Log(join(temporaryDirectory(), 'log'), () => undefined);
  http = new HttpServer({ log });
  const { api: port } = await claimPorts(0);
  await http.listen(port);
  url = `http://localhost:${port}`;
  const gateway = createGateway(definition, {
    region: 'us-east-1',
    userPools: { issuer: () => '', jwks: () => ({ keys: [] }) },
    authorize: accessControl.authorize,
    invoke: (arn, event, requestId) => functions.invoke(arn, event, requestId),
    nameOf: (arn) => functions.definition(arn).label,
    log: (line) => app.logLines.push(line),
  });
  http.serve(gateway, async () => undefined);
});
afterAll(async () => {
  await http.close();
  await app.close();
  await log.close();
  removeTemporaryDirectories();
});

const get = (path: string) => fetch(url + path, { headers: { authorization: 'Bearer x' } });

test('a method, and its authorizer, are invoked as the CDK permits it', async () => {
  const reached = await get('/open/7');
  expect([reached.status, await reached.text()]).toEqual([200, 'reached']);
});

test.each(['/none/7', '/other/7'])(
  'a method whose function does not permit it answers 500: %s',
  async (path) => {
    const refused = await get(path);
    expect(refused.status).toBe(500);
    expect(await refused.json()).toEqual({ message: 'Internal server error' });
    expect(refused.headers.get('x-amzn-errortype')).toBe('InternalServerErrorException');
    expect(app.logLines.at(-1)).toMatch(
      /^Execution failed due to configuration error: Invalid permissions on Lambda function arn:/,
    );
    expect(app.logLines.at(-2)).toMatch(
      /^iam apigateway.amazonaws.com may not lambda:InvokeFunction .*"aws:SourceArn":"arn:aws:execute-api:us-east-1:000000000000:\w+\/v1\/GET\/\w+\/{id}"/,
    );
  },
);

test('an authorizer whose function does not permit it answers 500', async () => {
  const refused = await get('/deaf/7');
  expect(refused.status).toBe(500);
  expect(refused.headers.get('x-amzn-errortype')).toBe('AuthorizerConfigurationException');
  expect(app.logLines.at(-2)).toMatch(/"aws:SourceArn":"arn:aws:execute-api:[^"]+\/authorizers\/\w+"/);
});
