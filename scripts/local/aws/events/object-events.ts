/** Changes of objects as S3 tells EventBridge of them. */
import type { ObjectEvent } from '../s3/engine';
import type { BusEvent } from './bus';

const REASONS: Readonly<Record<ObjectEvent['type'], string>> = {
  'ObjectCreated:Put': 'PutObject',
  'ObjectCreated:Post': 'POST Object',
  'ObjectCreated:Copy': 'CopyObject',
  'ObjectCreated:CompleteMultipartUpload': 'CompleteMultipartUpload',
  'ObjectRemoved:Delete': 'DeleteObject',
  'ObjectRemoved:DeleteMarkerCreated': 'DeleteObject',
};

/** Digest of no bytes: what S3 says of a delete marker. */
const EMPTY = 'd41d8cd98f00b204e9800998ecf8427e';

/** The key stands in it as it is; only the notifications that S3 sends to queues itself encode keys as in URLs. */
export function objectEvent(event: ObjectEvent, accountId: string): BusEvent {
  const created = event.type.startsWith('ObjectCreated:');
  return {
    source: 'aws.s3',
    'detail-type': created ? 'Object Created' : 'Object Deleted',
    resources: [`arn:aws:s3:::${event.bucket}`],
    time: event.time,
    detail: {
      version: '0',
      bucket: { name: event.bucket },
      object: {
        key: event.key,
        ...(created && { size: event.size }),
        etag: event.etag || EMPTY,
        ...(event.versionId !== undefined && { 'version-id': event.versionId }),
        sequencer: event.sequencer,
      },
      'request-id': event.requestId,
      requester: accountId,
      'source-ip-address': event.sourceIp,
      reason: REASONS[event.type],
      ...(!created && {
        'deletion-type':
          event.type === 'ObjectRemoved:DeleteMarkerCreated'
            ? 'Delete Marker Created'
            : 'Permanently Deleted',
      }),
    },
  };
}
