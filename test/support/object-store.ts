import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { ObjectStore } from '../../lambdas/shared/object-store';
import { connectS3 } from '../../lambdas/shared/s3-object-store';
import type { Authorizer } from '../../scripts/local/aws/authorization';
import { type AwsEndpoint, startAwsEndpoint } from '../../scripts/local/aws/endpoint';
import { allowAll } from './decisions';

// The SDK says at every start that it will want Node 22 one day.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** A bucket on the S3 of the local runtime, reached by the SDK as the functions reach AWS. */
export interface TestBucket {
  readonly name: string;
  /** Everything else of AWS that runs beside it. */
  readonly aws: AwsEndpoint;
  readonly client: S3Client;
  readonly store: ObjectStore;
  /** Decides about every call from now on. */
  authorize: Authorizer;
  close(): Promise<void>;
}

export async function startTestBucket(): Promise<TestBucket> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-s3-'));
  const region = 'us-east-1';
  const credentials = { accessKeyId: 'ASIATEST', secretAccessKey: 'secret', sessionToken: 'session' };
  const roleArn = 'arn:aws:iam::123456789012:role/documents';
  const endpoint = await startAwsEndpoint({
    port: 0,
    stateDirectory: directory,
    region,
    accountId: '123456789012',
    principals: new Map([[credentials.accessKeyId, { ...credentials, roleArn }]]),
    authorize: (request) => bucket.authorize(request),
    log: () => undefined,
  });
  const name = 'landfall-documents';
  await endpoint.s3.createBucket({ name, properties: { VersioningConfiguration: { Status: 'Enabled' } } });
  const client = new S3Client({
    endpoint: endpoint.url,
    region,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const bucket: TestBucket = {
    name,
    aws: endpoint,
    client,
    store: connectS3(name, client),
    authorize: allowAll,
    close: async () => {
      client.destroy();
      await endpoint.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return bucket;
}
