import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, CfnResource, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { HouseRules } from '../../../lib/guardrails/house-rules';

let outdir: string;
beforeEach(() => {
  process.env.CDK_VALIDATION = 'false';
  outdir = mkdtempSync(path.join(tmpdir(), 'landfall-house-rules-'));
});
afterEach(() => rmSync(outdir, { recursive: true }));

function appWith(policy: RemovalPolicy): App {
  const app = new App({ outdir, context: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } });
  const storage = new Stack(app, 'storage');
  const bucket = new Bucket(storage, 'Documents', { removalPolicy: policy });
  Validations.of(app).addPlugins(new HouseRules('retain'));
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
