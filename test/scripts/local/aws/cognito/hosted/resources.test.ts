import { CfnOutput, SecretValue, type Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { localOutputs } from '../../../../../../scripts/local/console/outputs';
import type { RestApiDefinition } from '../../../../../../scripts/local/rest-api/definition';
import {
  type DeployedApp,
  deployApp,
  removeTemporaryDirectories,
  synthesizeStack,
} from '../../../deployed-app';
import { type RunningEndpoint, startEndpoint } from '../../running-endpoint';

let aws: RunningEndpoint;
beforeAll(async () => {
  aws = await startEndpoint();
});
afterAll(async () => {
  await aws.stop();
  removeTemporaryDirectories();
});

const api = { id: 'api', stages: [] } as unknown as RestApiDefinition;

async function withPool<T>(
  define: (stack: Stack, pool: cognito.UserPool) => void,
  use: (app: DeployedApp) => T | Promise<T>,
): Promise<T> {
  const assembly = synthesizeStack((stack) => define(stack, new cognito.UserPool(stack, 'Users')));
  const app = await deployApp(assembly, async () => aws);
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

const addressOutput = (stack: Stack, domain: cognito.UserPoolDomain) =>
  new CfnOutput(stack, 'UserPoolDomain', { value: domain.baseUrl() });
const outputsOf = ({ deployed, system }: DeployedApp) =>
  localOutputs(
    { deployed, url: 'http://localhost:4000' },
    { api, declared: system.declared, signInUrl: system.signInUrl, cdnUrl: system.cdnUrl },
  );

test('a domain by prefix runs at the sign-in address, and the output says so', () =>
  withPool(
    (stack, pool) => {
      addressOutput(stack, pool.addDomain('Domain', { cognitoDomain: { domainPrefix: 'landfall-test' } }));
    },
    (app) => {
      expect(app.deployed.outputs.example?.UserPoolDomain).toBe(
        'https://landfall-test.auth.us-east-1.amazoncognito.com',
      );
      expect(outputsOf(app).example?.UserPoolDomain).toBe('https://localhost:4004');
      const [pool] = app.system.declared.userPools;
      expect(aws.cognito.pool(pool?.id ?? '').domain).toBe('https://localhost:4004');
    },
  ));

test('a custom domain does too, and stands in front of nothing', () =>
  withPool(
    (stack, pool) => {
      const arn = 'arn:aws:acm:us-east-1:111122223333:certificate/example';
      const certificate = Certificate.fromCertificateArn(stack, 'Certificate', arn);
      const domain = pool.addDomain('Domain', {
        customDomain: { domainName: 'login.example.com', certificate },
        managedLoginVersion: cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
      });
      addressOutput(stack, domain);
      new CfnOutput(stack, 'Target', {
        value: (domain.node.defaultChild as cognito.CfnUserPoolDomain).attrCloudFrontDistribution,
      });
    },
    (app) => {
      expect(app.deployed.outputs.example?.UserPoolDomain).toBe('https://login.example.com');
      expect(outputsOf(app).example).toEqual({
        UserPoolDomain: 'https://localhost:4004',
        Target: expect.stringMatching(/^not-run-locally\.AWS::Cognito::UserPoolDomain\./),
      });
    },
  ));

test('an identity provider is not run, and its client keeps its own users', () =>
  withPool(
    (stack, pool) => {
      const google = new cognito.UserPoolIdentityProviderGoogle(stack, 'Google', {
        userPool: pool,
        clientId: 'example',
        clientSecretValue: SecretValue.unsafePlainText('example'),
      });
      const client = pool.addClient('Web', {
        oAuth: { flows: { authorizationCodeGrant: true }, callbackUrls: ['http://localhost:3000/'] },
        supportedIdentityProviders: [
          cognito.UserPoolClientIdentityProvider.COGNITO,
          cognito.UserPoolClientIdentityProvider.custom(google.providerName),
        ],
      });
      client.node.addDependency(google);
    },
    ({ deployed, system }) => {
      expect(deployed.resources).toContainEqual(
        expect.objectContaining({
          type: 'AWS::Cognito::UserPoolIdentityProvider',
          notRunBecause: expect.stringContaining('another company'),
        }),
      );
      const [declared] = system.declared.userPoolClients;
      const { client } = aws.cognito.client(declared?.clientId ?? '');
      expect(client.settings.oauth).toMatchObject({
        codeFlow: true,
        ownUsers: true,
        otherProviders: [expect.stringContaining('Google')],
      });
    },
  ));

test('a client that would hand tokens out in an address bar is refused, naming the flow', async () => {
  await expect(
    withPool(
      (_stack, pool) => {
        pool.addClient('Web', {
          oAuth: { flows: { implicitCodeGrant: true }, callbackUrls: ['http://localhost:3000/'] },
        });
      },
      () => undefined,
    ),
  ).rejects.toThrow('the OAuth flow "implicit" is not supported, only code.');
});
