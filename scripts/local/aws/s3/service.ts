/** S3 over HTTP: from a request to the operation it names, who may do it, and S3's XML for what went wrong. */
import { type Principals, readAuthentication, verifySignature } from '../authentication';
import type { Call, Reply } from '../call';
import { AwsError } from '../errors';
import { actionOf, conditionsOf } from './actions';
import { corsHeaders, preflight } from './cors';
import { deleteObject, deleteObjects } from './deletes';
import type { Bucket, S3Engine } from './engine';
import { bucketQuery, listBuckets } from './listing';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from './multipart';
import { arnOf, readNames } from './names';
import { copyObject, getObject, getObjectTagging, putObject } from './objects';
import { identify, type OperationName, withHoistedHeaders } from './operations';
import { payloadHash } from './payload';
import { postObject } from './post-object';
import { xmlDocument } from './xml';

export interface S3Options {
  readonly engine: S3Engine;
  readonly principals: Principals;
  readonly region: string;
  readonly accountId: string;
}

export class S3Service {
  readonly name = 's3';

  constructor(private readonly options: S3Options) {}

  async handle(call: Call): Promise<Reply> {
    const { request } = call;
    if (request.method === 'OPTIONS') {
      call.operation = 'Preflight';
      return preflight(this.rulesOf(call), request);
    }
    this.authenticate(call);
    const reply = await this.dispatch(call);
    return { ...reply, headers: { ...corsHeaders(this.rulesOf(call), request), ...reply.headers } };
  }

  private rulesOf({ request }: Call): Bucket['cors'] {
    return this.options.engine.find(readNames(request).bucket)?.cors ?? [];
  }

  /** Verified over the request as sent; from then on hoisted headers count as headers. */
  private authenticate(call: Call): void {
    const { principals, region } = this.options;
    const authentication = readAuthentication(call.request);
    const request = withHoistedHeaders(call.request);
    if (authentication) {
      const hash = payloadHash(request.headers, authentication.via === 'query');
      call.signature = verifySignature(call.request, authentication, hash, {
        principals,
        region,
        now: call.now,
      });
      call.credentials = call.signature.principal;
      call.principal = call.credentials.roleArn;
    }
    call.request = request;
  }

  private async dispatch(call: Call): Promise<Reply> {
    const { engine, principals, region, accountId } = this.options;
    const { bucket: bucketName, key } = readNames(call.request);
    const operation = identify(call.request, bucketName, key);
    call.operation = operation;
    call.resource = bucketName === '' ? '*' : arnOf(bucketName, key || undefined);
    if (operation === 'PostObject')
      return postObject({ engine, principals, region }, engine.bucket(bucketName), call);
    // No local bucket is public: without a signature there is nothing but preflights and signed forms.
    if (!call.signature) throw new AwsError('AccessDenied', 'Access Denied', 403);
    await this.authorize(operation, call);
    if (operation === 'ListBuckets') return listBuckets(engine);
    const bucket = engine.bucket(bucketName);
    const owner = call.request.headers.get('x-amz-expected-bucket-owner');
    if (owner !== undefined && owner !== accountId) throw new AwsError('AccessDenied', 'Access Denied', 403);
    return this.run(operation, bucket, key, call);
  }

  private async authorize(operation: OperationName, call: Call): Promise<void> {
    // Of these it depends on the object: its tags, and whether there is one. They ask themselves.
    if (['DeleteObjects', 'GetObject', 'GetObjectTagging', 'HeadObject'].includes(operation)) return;
    const action = actionOf(operation, call);
    await call.authorize(action, call.resource, conditionsOf(action, call));
  }

  private async run(operation: OperationName, bucket: Bucket, key: string, call: Call): Promise<Reply> {
    const { engine, region } = this.options;
    switch (operation) {
      case 'GetObject':
      case 'HeadObject':
        return getObject(bucket, key, call);
      case 'GetObjectTagging':
        return getObjectTagging(bucket, key, call);
      case 'PutObject':
        return putObject(engine, bucket, key, call);
      case 'CopyObject':
        return copyObject(engine, bucket, key, call);
      case 'DeleteObject':
        return deleteObject(engine, bucket, key, call);
      case 'DeleteObjects':
        return deleteObjects(engine, bucket, call);
      case 'CreateMultipartUpload':
        return createMultipartUpload(bucket, key, call);
      case 'UploadPart':
        return uploadPart(bucket, key, call);
      case 'CompleteMultipartUpload':
        return completeMultipartUpload(engine, bucket, key, call);
      case 'AbortMultipartUpload':
        return abortMultipartUpload(bucket, key, call);
      case 'ListParts':
        return listParts(bucket, key, call);
      case 'ListMultipartUploads':
        return listMultipartUploads(bucket, call);
      default:
        return bucketQuery(operation, bucket, region, call);
    }
  }

  fault(error: AwsError, call: Call): Reply {
    const cors = corsHeaders(this.safeRules(call), call.request);
    const headers = {
      ...cors,
      'x-amz-bucket-region': error.code === 'NoSuchBucket' ? undefined : this.options.region,
    };
    if (call.request.method === 'HEAD' || error.status === 304) return { status: error.status, headers };
    const body = xmlDocument('Error', {
      Code: error.code,
      Message: error.message,
      ...error.details,
      RequestId: call.requestId,
      HostId: 'landfall-local',
    });
    return { status: error.status, headers, body };
  }

  private safeRules(call: Call): Bucket['cors'] {
    try {
      return this.rulesOf(call);
    } catch (error) {
      if (error instanceof AwsError) return [];
      throw error;
    }
  }
}
