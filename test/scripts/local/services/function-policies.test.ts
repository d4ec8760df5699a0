/** What permissions of functions let services do: as Lambda writes them, and by whom they are found. */
import {
  CfnAlias,
  CfnFunction,
  CfnPermission,
  type CfnPermissionProps,
  CfnVersion,
} from 'aws-cdk-lib/aws-lambda';
import { isAllowed } from '../../../../scripts/local/aws/service-calls';
import { type DeployedApp, deployApp, removeTemporaryDirectories, synthesizeStack } from '../deployed-app';
import { lambdaRole } from './example-roles';

let app: DeployedApp;
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:example';
const pool = 'arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_A';
const api = 'arn:aws:execute-api:us-east-1:000000000000:api';

beforeAll(async () => {
  const assembly = synthesizeStack((stack) => {
    const example = new CfnFunction(stack, 'Example', {
      functionName: 'example',
      code: { zipFile: 'exports.handler = async () => 1;' },
      handler: 'index.handler',
      runtime: 'nodejs24.x',
      role: lambdaRole(stack).attrArn,
    });
    const version = new CfnVersion(stack, 'Version', { functionName: example.ref });
    const alias = new CfnAlias(stack, 'Alias', {
      functionName: example.ref,
      functionVersion: version.attrVersion,
      name: 'live',
    });
    const permit = (id: string, functionName: string, more: Partial<CfnPermissionProps>) =>
      new CfnPermission(stack, id, {
        action: 'lambda:InvokeFunction',
        principal: 'apigateway.amazonaws.com',
        functionName,
        ...more,
      });
    permit('OfAlias', alias.ref, { sourceArn: `${api}/v1/*/*` });
    permit('OfFunction', example.attrArn, {
      principal: 'cognito-idp.amazonaws.com',
      sourceArn: pool,
      sourceAccount: '000000000000',
    });
    permit('OfAccount', example.ref, { principal: '111111111111', principalOrgId: 'o-example' });
  });
  app = await deployApp(assembly);
});
afterAll(async () => {
  await app.close();
  removeTemporaryDirectories();
});

test('a permission is the statement that Lambda shows, on what it names', () => {
  const { resourcePolicies } = app.system;
  expect(resourcePolicies.of(`${functionArn}:live`).map(({ document }) => document.Statement)).toEqual([
    [
      {
        Sid: expect.stringContaining('OfAlias'),
        Effect: 'Allow',
        Principal: { Service: 'apigateway.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: `${functionArn}:live`,
        Condition: { ArnLike: { 'AWS:SourceArn': `${api}/v1/*/*` } },
      },
    ],
  ]);
  expect(resourcePolicies.of(functionArn).map(({ document }) => document.Statement)).toEqual([
    [
      expect.objectContaining({
        Resource: functionArn,
        Condition: {
          ArnLike: { 'AWS:SourceArn': pool },
          StringEquals: { 'AWS:SourceAccount': '000000000000' },
        },
      }),
    ],
    [
      expect.objectContaining({
        Principal: { AWS: 'arn:aws:iam::111111111111:root' },
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-example' } },
      }),
    ],
  ]);
});

const invokes = (principal: string, resource: string, sourceArn: string, sourceAccount = '000000000000') =>
  isAllowed(app.system.accessControl.authorize, {
    principal,
    action: 'lambda:InvokeFunction',
    resource,
    conditions: { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': sourceAccount },
  });

test('an alias is open to whom its own policy names, and so is the function', async () => {
  const gateway = 'apigateway.amazonaws.com';
  expect(await invokes(gateway, `${functionArn}:live`, `${api}/v1/GET/things`)).toBe(true);
  expect(await invokes(gateway, `${functionArn}:live`, `${api}/v2/GET/things`)).toBe(false);
  expect(await invokes(gateway, functionArn, `${api}/v1/GET/things`)).toBe(false);
  expect(await invokes('events.amazonaws.com', `${functionArn}:live`, `${api}/v1/GET/things`)).toBe(false);

  const cognito = 'cognito-idp.amazonaws.com';
  expect(await invokes(cognito, functionArn, pool)).toBe(true);
  expect(await invokes(cognito, functionArn, `${pool}B`)).toBe(false);
  expect(await invokes(cognito, functionArn, pool, '111111111111')).toBe(false);
  expect(await invokes(cognito, `${functionArn}:live`, pool)).toBe(false);
});
