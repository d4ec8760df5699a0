/** A browser's multipart form, read as it arrives: first its fields, then one file that is never held in memory. */
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { Call } from '../call';
import { AwsError } from '../errors';
import type { Staged } from './payload';

/** Of the form's fields together, as on S3. */
const MAX_FIELDS = 20 * 1024;

export interface Form {
  /** Lower-case names. */
  readonly fields: Map<string, string>;
  readonly file: Readable;
  readonly fileName: string;
}

/**
 * Reads the form; `accept` sees the fields once the file begins, and takes the file's bytes. The body is always
 * read to its end: a client that is still sending would otherwise see a broken connection instead of the answer.
 */
export async function readForm<Accepted extends { readonly staged: Staged }>(
  call: Call,
  accept: (form: Form) => Promise<Accepted>,
): Promise<Accepted> {
  const type = call.request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data;.*boundary=/i.test(type))
    throw new AwsError(
      'PreconditionFailed',
      'Bucket POST must be of the enclosure-type multipart/form-data',
      412,
    );
  if (!call.request.headers.has('content-length'))
    throw new AwsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', 411);
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
