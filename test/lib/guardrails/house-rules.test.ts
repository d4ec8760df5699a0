import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, CfnResource, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnUrl } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { type BuiltApp, buildApp } from '../../../lib/build-app';
import { loadConfig } from '../../../lib/config/load';
import { acknowledge } from '../../../lib/constructs/acknowledge';
import { HouseRules } from '../../../lib/guardrails/house-rules';
import { bundlesDirectory } from '../../support/assembly';

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(path.join(tmpdir(), 'landfall-house-rules-'));
});
afterEach(() => rmSync(outdir, { recursive: true }));

function appWith(policy: RemovalPolicy): App {
  const app = new App({ outdir, context: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } });
  const storage = new Stack(app, 'storage');
  const bucket = new Bucket(storage, 'Documents', { removalPolicy: policy });
  Validations.of(app).addPlugins(new HouseRules({ removal: 'retain' }));
  // A second stack, so that there is a reference to judge.
  new CfnResource(new Stack(app, 'api'), 'Reader', {
    type: 'AWS::SSM::Parameter',
    properties: { Type: 'String', Value: bucket.bucketName },
  });
  return app;
}

test('synthesis fails when a bucket would be deleted with its stack, and says which', () => {
  expect(() => appWith(RemovalPolicy.DESTROY).synth()).toThrow(
    /DeletionPolicy Delete, expected Retain[\s\S]*storage\/Documents/,
  );
});

test('synthesis fails when data is referred to weakly', () => {
  expect(() => appWith(RemovalPolicy.RETAIN).synth()).toThrow(/api refers weakly to Ref of AWS::S3::Bucket/);
});

test.each<[what: string, rule: string, place: RegExp, add: (stacks: BuiltApp['stacks']) => void]>([
  [
    'a careless bucket',
    'AwsSolutions-S10',
    /landfall-staging-storage\/Careless/,
    ({ storage }) => new Bucket(storage, 'Careless'),
  ],
  [
    'a queue without TLS',
    'AwsSolutions-SQS4',
    /landfall-staging-jobs\/Careless/,
    ({ jobs }) => new Queue(jobs, 'Careless'),
  ],
  [
    'a group that lets everybody in',
    'AwsSolutions-EC23',
    /landfall-staging-network\/Careless/,
    ({ network }) =>
      new SecurityGroup(network, 'Careless', { vpc: network.vpc }).addIngressRule(
        Peer.anyIpv4(),
        Port.tcp(22),
      ),
  ],
  [
    'a role with a policy of AWS',
    'AwsSolutions-IAM4',
    /landfall-staging-api\/Careless/,
    ({ api }) =>
      new Role(api, 'Careless', {
        assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
        managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess')],
      }),
  ],
])('the app is audited: %s stops its synthesis', (_, rule, place, add) => {
  const { app, stacks } = buildApp({
    ...loadConfig('staging', 'documents'),
    outdir,
    assetsDirectory: bundlesDirectory(),
  });
  add(stacks);
  const synthesis = () => app.synth();
  expect(synthesis).toThrow(new RegExp(rule));
  expect(synthesis).toThrow(place);
});

test('what is accepted on one resource counts for that resource, by the rule that objects', () => {
  const { app, stacks } = buildApp({
    ...loadConfig('dev', 'documents'),
    outdir,
    assetsDirectory: bundlesDirectory(),
  });
  const address = (id: string) =>
    new CfnUrl(stacks.api, id, {
      authType: 'NONE',
      targetFunctionArn: stacks.jobs.filesSweep.function.functionArn,
    });
  const reason = 'It is a test of what acknowledgements do.';
  acknowledge(address('Accepted'), { reason, date: '2026-11-26' }, 'Landfall::public-function-url');
  address('Open');
  let message = '';
  try {
    app.synth();
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message).toMatch(/an address that anybody may call[\s\S]*landfall-dev-api\/Open/);
  expect(message).not.toMatch(/landfall-dev-api\/Accepted/);
});

test('a policy that is too wide stops the synthesis', () => {
  const { app, stacks } = buildApp({
    ...loadConfig('dev', 'documents'),
    outdir,
    assetsDirectory: bundlesDirectory(),
  });
  stacks.jobs.filesSweep.function.addToRolePolicy(
    new PolicyStatement({ actions: ['iam:PassRole'], resources: ['arn:aws:iam::111122223333:role/any'] }),
  );
  expect(() => app.synth()).toThrow(/iam:PassRole without iam:PassedToService.*Landfall/);
});
