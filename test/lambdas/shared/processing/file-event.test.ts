import { objectKey } from '../../../../lambdas/documents/object-key';
import { parseFileEvent } from '../../../../lambdas/shared/processing/file-event';
import { objectCreated, scanned } from '../../../support/worker';

const parse = (event: object) => parseFileEvent(JSON.stringify(event));

it('reads an object that arrived', () => {
  expect(parse(objectCreated('bucket', 'users/a/b c+d%20.pdf', 'v1'))).toEqual({
    bucket: 'bucket',
    key: 'users/a/b c+d%20.pdf',
    versionId: 'v1',
    size: 7,
  });
});

it.each([
  ['NO_THREATS_FOUND', 'clean'],
  ['THREATS_FOUND', 'threat'],
  ['UNSUPPORTED', 'unscannable'],
  ['ACCESS_DENIED', 'unscannable'],
  ['FAILED', 'unscannable'],
  ['SOMETHING_NEW', 'unscannable'],
])('reads a scan that ended with %s as %s', (status, scan) => {
  expect(parse(scanned('bucket', 'users/a/b.pdf', 'v1', status))).toEqual({
    bucket: 'bucket',
    key: 'users/a/b.pdf',
    versionId: 'v1',
    size: undefined,
    scan,
  });
});

it.each<[string, string]>([
  ['no JSON', 'Object Created'],
  ['null', 'null'],
  ['the test event of S3', '{"Service":"Amazon S3","Event":"s3:TestEvent"}'],
  [
    'an object that was deleted',
    JSON.stringify({ ...objectCreated('b', 'k', 'v'), 'detail-type': 'Object Deleted' }),
  ],
  ['an object without a version', JSON.stringify(objectCreated('b', 'k', ''))],
  ['another service', JSON.stringify({ ...objectCreated('b', 'k', 'v'), source: 'aws.ec2' })],
])('refuses %s', (_what, body) => {
  expect(() => parseFileEvent(body)).toThrow();
});

it('needs no decoding: keys of ours read the same with and without URL encoding', () => {
  const key = objectKey(
    '0198f3a2-6f3b-7c1d-9a54-3c1f0e2b7d10',
    'resume',
    'id',
    'Lebenslauf (neu) + Foto & 100%_ü.pdf',
  );
  expect(key.split('/').map(encodeURIComponent).join('/')).toBe(key);
  expect(key).not.toContain('+');
});
