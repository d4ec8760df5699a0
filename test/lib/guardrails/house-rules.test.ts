import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, CfnResource, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { buildApp } from '../../../lib/build-app';
import { loadConfig } from '../../../lib/config/load';
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

test('the app is audited: a careless bucket stops its synthesis', () => {
  const { app, stacks } = buildApp({
    ...loadConfig('staging', 'documents'),
    outdir,
    assetsDirectory: bundlesDirectory(),
  });
  new Bucket(stacks.storage, 'Careless');
  const synthesis = () => app.synth();
  expect(synthesis).toThrow(/AwsSolutions-S10/);
  expect(synthesis).toThrow(/landfall-staging-storage\/Careless/);
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
