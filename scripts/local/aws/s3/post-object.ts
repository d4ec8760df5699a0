/** PostObject: an HTML form's upload, allowed by the signed policy it carries. */
import { rm } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { findPrincipal, type Principals } from '../authentication';
import type { Call, Reply } from '../call';
import { AwsError, notImplemented } from '../errors';
import { encode, parseTimestamp, sameText, sign, signingKey } from '../sigv4';
import { readContent, versionHeaders } from './content';
import type { Bucket, S3Engine } from './engine';
import { arnOf, checkKey } from './names';
import { commit } from './objects';
import { type Staged, stage } from './payload';
import { checkFields, parsePolicy, sizeRange } from './post-policy';
import { s3Document } from './xml';

/** Of the form's fields together, as on S3. */
const MAX_FIELDS = 20 * 1024;

const SUPPORTED =
  /^(key|bucket|policy|acl|file|content-type|content-disposition|content-encoding|content-language|cache-control|expires|success_action_(status|redirect)|x-amz-(algorithm|credential|date|security-token|signature|meta-.+|server-side-encryption|server-side-encryption-aws-kms-key-id|storage-class)|x-ignore-.*)$/;

interface Form {
  /** Lower-case names. */
  readonly fields: Map<string, string>;
  readonly file: Readable;
  readonly fileName: string;
}

interface Accepted {
  readonly staged: Staged;
  readonly key: string;
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Reads the form; `accept` sees the fields once the file begins, and takes the file's bytes. The body is always
 * read to its end: a client that is still sending would otherwise see a broken connection instead of the answer.
 */
async function readForm(call: Call, accept: (form: Form) => Promise<Accepted>): Promise<Accepted> {
  const type = call.request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data;.*boundary=/i.test(type))
    throw new AwsError(
      'PreconditionFailed',
      'Bucket POST must be of the enclosure-type multipart/form-data',
      412,
    );
  const parser = new Busboy({
    headers: { 'content-type': type },
    limits: { fieldSize: MAX_FIELDS, fields: 100, files: 1, fileSize: Number.POSITIVE_INFINITY },
  });
  const fields = new Map<string, string>();
  let size = 0;
  let accepted: Promise<Accepted> | undefined;
  let uploading: Readable | undefined;
  parser.on('field', (name, value, _nameCut, valueCut) => {
    // Fields after the file are ignored, as S3 does: the decision was made without them.
    if (accepted) return;
    size += name.length + value.length;
    if (size <= MAX_FIELDS && !valueCut) fields.set(name.toLowerCase(), value);
    else size = Number.POSITIVE_INFINITY;
  });
  parser.on('file', (_field, file, fileName) => {
    uploading = file;
    const tooBig = size > MAX_FIELDS;
    accepted = tooBig
      ? Promise.reject(
          new AwsError(
            'MaxPostPreDataLengthExceeded',
            'Your POST request fields preceding the upload file were too large.',
          ),
        )
      : accept({ fields, file, fileName: fileName ?? '' });
    accepted.catch(() => file.resume());
  });
  await new Promise<void>((resolve, reject) => {
    parser.on('finish', resolve);
    parser.on('error', () =>
      reject(
        new AwsError(
          'MalformedPOSTRequest',
          'The body of your POST request is not well-formed multipart/form-data.',
        ),
      ),
    );
    call.incoming.on('error', reject);
    call.incoming.on('close', () => {
      if (!call.incoming.complete) parser.destroy(new Error('The client went away during the upload.'));
    });
    call.incoming.pipe(parser);
  }).catch(async (error) => {
    call.incoming.unpipe(parser);
    call.incoming.resume();
    // Nothing more will come: what waits for the file must not wait for ever.
    uploading?.destroy(error as Error);
    const result = await accepted?.catch(() => undefined);
    if (result) await rm(result.staged.file, { force: true });
    throw error;
  });
  if (!accepted)
    throw new AwsError('InvalidArgument', 'POST requires exactly one file upload per request.', 400, {
      ArgumentName: 'file',
    });
  return accepted;
}

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
function authenticate(fields: ReadonlyMap<string, string>, principals: Principals, region: string): string {
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
  return principal.roleArn;
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
  const { staged, key, fields } = await readForm(call, async ({ fields, file, fileName }) => {
    checkSupported(fields);
    call.principal = authenticate(fields, principals, region);
    const policy = parsePolicy(fields.get('policy') ?? '');
    checkFields(
      policy,
      new Map([...fields, ['bucket', bucket.name]]).set('bucket', fields.get('bucket') ?? bucket.name),
      call.now,
    );
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
    await call.authorize('s3:PutObject', call.resource);
    const range = sizeRange(policy);
    return { staged: await stageFile(file, bucket.store.staging, range), key, fields };
  });
  const version = await commit(bucket, key, staged, readContent(fields, bucket), () => undefined);
  engine.emit('ObjectCreated:Post', bucket, version, call.principal);
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
