/** PostObject: an HTML form's upload, allowed by the signed policy it carries. */
import { rm } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { findPrincipal, type Principal, type Principals } from '../authentication';
import type { Call, Reply } from '../call';
import { AwsError, notImplemented } from '../errors';
import { encode, parseTimestamp, sameText, sign, signingKey } from '../sigv4';
import { conditionsOf } from './actions';
import { readContent, versionHeaders } from './content';
import { mayEncrypt } from './encryption';
import type { Bucket, S3Engine } from './engine';
import { readForm } from './form';
import { arnOf, checkKey } from './names';
import { commit } from './objects';
import { type Staged, stage } from './payload';
import { checkFields, parsePolicy, sizeRange } from './post-policy';
import { s3Document } from './xml';

const SUPPORTED =
  /^(key|bucket|policy|acl|file|content-type|content-disposition|content-encoding|content-language|cache-control|expires|success_action_(status|redirect)|x-amz-(algorithm|credential|date|security-token|signature|meta-.+|server-side-encryption|server-side-encryption-aws-kms-key-id|storage-class)|x-ignore-.*)$/;

/** Counts the file against the policy's range; what is over the limit is counted on, but no longer stored. */
class RangeGate extends Transform {
  size = 0;

  constructor(private readonly max: number) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.size += chunk.length;
    if (this.size <= this.max) this.push(chunk);
    done();
  }
}

async function stageFile(
  file: Readable,
  directory: string,
  { min, max }: { min: number; max: number },
): Promise<Staged> {
  const gate = new RangeGate(max);
  const staged = await stage([() => file], directory, { through: gate });
  if (gate.size >= min && gate.size <= max) return staged;
  await rm(staged.file, { force: true });
  const ProposedSize = String(gate.size);
  throw gate.size > max
    ? new AwsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', 400, {
        ProposedSize,
        MaxSizeAllowed: String(max),
      })
    : new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
        ProposedSize,
        MinSizeAllowed: String(min),
      });
}

/** Checks the form's signature; the principal that signed it is the caller. */
function authenticate(
  fields: ReadonlyMap<string, string>,
  principals: Principals,
  region: string,
): Principal {
  const field = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined)
      throw name === 'policy'
        ? new AwsError('AccessDenied', 'Access Denied: the form carries no policy.', 403)
        : new AwsError(
            'InvalidArgument',
            `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
            400,
            { ArgumentName: name },
          );
    return value;
  };
  const policy = field('policy');
  if (field('x-amz-algorithm') !== 'AWS4-HMAC-SHA256')
    throw new AwsError('InvalidArgument', 'X-Amz-Algorithm only supports AWS4-HMAC-SHA256');
  const [accessKeyId = '', date = '', scopeRegion = '', service, end] = field('x-amz-credential').split('/');
  if (service !== 's3' || end !== 'aws4_request' || scopeRegion !== region)
    throw new AwsError(
      'InvalidArgument',
      `The credential must be scoped to ${region}/s3/aws4_request.`,
      400,
      { ArgumentName: 'x-amz-credential' },
    );
  if (parseTimestamp(field('x-amz-date')) === undefined || !field('x-amz-date').startsWith(date))
    throw new AwsError(
      'InvalidArgument',
      'X-Amz-Date must be a time on the day of the credential scope.',
      400,
      { ArgumentName: 'x-amz-date' },
    );
  const principal = findPrincipal(principals, accessKeyId, fields.get('x-amz-security-token'));
  const key = signingKey(principal.secretAccessKey, { date, region, service });
  if (!sameText(sign(key, policy), field('x-amz-signature')))
    throw new AwsError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
      403,
    );
  return principal;
}

function checkSupported(fields: ReadonlyMap<string, string>): void {
  for (const name of fields.keys())
    if (!SUPPORTED.test(name)) throw notImplemented(`the field ${name} of S3 PostObject`);
}

export interface PostContext {
  readonly engine: S3Engine;
  readonly principals: Principals;
  readonly region: string;
}

export async function postObject(
  { engine, principals, region }: PostContext,
  bucket: Bucket,
  call: Call,
): Promise<Reply> {
  const upload = await readForm(call, async ({ fields, file, fileName }) => {
    checkSupported(fields);
    call.credentials = authenticate(fields, principals, region);
    call.principal = call.credentials.roleArn;
    const policy = parsePolicy(fields.get('policy') ?? '');
    checkFields(policy, new Map([['bucket', bucket.name], ...fields]), call.now);
    if (fields.get('bucket') !== undefined && fields.get('bucket') !== bucket.name)
      throw new AwsError('InvalidArgument', 'The form is for another bucket.', 400, {
        ArgumentName: 'bucket',
      });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: S3's own placeholder
    const key = fields.get('key')?.replaceAll('${filename}', fileName);
    if (!key)
      throw new AwsError('InvalidArgument', "Bucket POST must contain a field named 'key'.", 400, {
        ArgumentName: 'key',
      });
    checkKey(key);
    call.resource = arnOf(bucket.name, key);
    await call.authorize('s3:PutObject', call.resource, conditionsOf('s3:PutObject', call, fields));
    const content = readContent(fields, bucket);
    await mayEncrypt(call, { bucket, key, keyArn: content.keyArn });
    const staged = await stageFile(file, bucket.store.staging, sizeRange(policy));
    return { staged, key, fields, content };
  });
  const { staged, key, fields, content } = upload;
  const version = await commit(bucket, key, staged, content, () => undefined);
  await engine.emit('ObjectCreated:Post', bucket, version, call);
  return answer(bucket, key, version.etag, fields, call, versionHeaders(bucket, version));
}

function answer(
  bucket: Bucket,
  key: string,
  etag: string,
  fields: ReadonlyMap<string, string>,
  call: Call,
  versions: Record<string, string | undefined>,
): Reply {
  const location = `http://${call.request.headers.get('host')}/${bucket.name}/${key.split('/').map(encode).join('/')}`;
  const headers = { etag: `"${etag}"`, location, ...versions };
  const redirect = fields.get('success_action_redirect');
  if (redirect !== undefined && URL.canParse(redirect)) {
    const target = new URL(redirect);
    for (const [name, value] of [
      ['bucket', bucket.name],
      ['key', key],
      ['etag', `"${etag}"`],
    ] as const)
      target.searchParams.append(name, value);
    return { status: 303, headers: { ...headers, location: target.href } };
  }
  const status = fields.get('success_action_status');
  if (status === '200') return { status: 200, headers };
  if (status !== '201') return { status: 204, headers };
  const body = s3Document('PostResponse', {
    Location: location,
    Bucket: bucket.name,
    Key: key,
    ETag: `"${etag}"`,
  });
  return { status: 201, headers, body };
}
