import { compilePattern, patternFaults } from '../../../../../scripts/local/aws/events/pattern';

const event = {
  source: 'aws.s3',
  'detail-type': 'Object Created',
  resources: ['arn:aws:s3:::documents', 'arn:aws:s3:::other'],
  detail: {
    bucket: { name: 'documents' },
    object: { key: 'users/1/Report.PDF', size: 5, 'version-id': null },
    parts: [{ n: 1 }, { n: 2 }],
    final: true,
    'deletion-type': '',
  },
};

const key = (filter: unknown) => ({ detail: { object: { key: [filter] } } });
const size = (filter: unknown) => ({ detail: { object: { size: [filter] } } });

test.each<[string, object, boolean]>([
  ['a value', { source: ['aws.s3'] }, true],
  ['another value', { source: ['aws.s4'] }, false],
  ['one of several values', { source: ['aws.ec2', 'aws.s3'] }, true],
  ['fields that all match', { source: ['aws.s3'], detail: { bucket: { name: ['documents'] } } }, true],
  ['fields of which one does not match', { source: ['aws.s3'], detail: { bucket: { name: ['x'] } } }, false],
  ['a number', size(5), true],
  ['a number as text', size('5'), false],
  ['a boolean', { detail: { final: [true] } }, true],
  ['null', { detail: { object: { 'version-id': [null] } } }, true],
  ['an empty text', { detail: { 'deletion-type': [''] } }, true],
  ['a missing field', { detail: { object: { etag: ['x'] } } }, false],
  ['a field of a missing object', { detail: { absent: { key: ['x'] } } }, false],
  ['an element of a list', { resources: ['arn:aws:s3:::other'] }, true],
  ['an element of a list by its start', { resources: [{ prefix: 'arn:aws:s3:::o' }] }, true],
  ['no element of a list', { resources: ['arn:aws:s3:::absent'] }, false],
  ['a list of objects', { detail: { parts: { n: [2] } } }, true],
  ['a list of objects without such a one', { detail: { parts: { n: [3] } } }, false],
  ['a prefix', key({ prefix: 'users/' }), true],
  ['another prefix', key({ prefix: 'user/' }), false],
  ['a prefix of a number', size({ prefix: '5' }), false],
  ['a prefix without case', key({ prefix: { 'equals-ignore-case': 'USERS/' } }), true],
  ['a suffix', key({ suffix: '.PDF' }), true],
  ['a suffix in another case', key({ suffix: '.pdf' }), false],
  ['a suffix without case', key({ suffix: { 'equals-ignore-case': '.pdf' } }), true],
  ['one of two filters', key({ suffix: '.zip' }), false],
  ['a value without case', key({ 'equals-ignore-case': 'USERS/1/report.pdf' }), true],
  ['a wildcard', key({ wildcard: 'users/*/*.PDF' }), true],
  ['a wildcard whose parts overlap', key({ wildcard: 'users/1/Report.PDF*F' }), false],
  ['a wildcard in the middle', key({ wildcard: 'users/*.PDF' }), true],
  ['another wildcard', key({ wildcard: '*.zip' }), false],
  ['anything but a value', key({ 'anything-but': 'x' }), true],
  ['anything but this value', size({ 'anything-but': 5 }), false],
  ['anything but these values', size({ 'anything-but': [4, 5] }), false],
  ['anything but a prefix', key({ 'anything-but': { prefix: 'exports/' } }), true],
  ['anything but this prefix', key({ 'anything-but': { prefix: 'users/' } }), false],
  ['anything but one of these prefixes', key({ 'anything-but': { prefix: ['a', 'users/'] } }), false],
  ['anything but this suffix', key({ 'anything-but': { suffix: '.PDF' } }), false],
  ['anything but, of a missing field', { detail: { object: { etag: [{ 'anything-but': 'x' }] } } }, false],
  ['a field that exists', key({ exists: true }), true],
  ['a field that exists as null', { detail: { object: { 'version-id': [{ exists: true }] } } }, true],
  ['a field that does not exist', { detail: { object: { etag: [{ exists: true }] } } }, false],
  ['a field that must not exist', { detail: { object: { etag: [{ exists: false }] } } }, true],
  ['a field that must not exist and does', key({ exists: false }), false],
  [
    'a field of a missing object that must not exist',
    { detail: { absent: { x: [{ exists: false }] } } },
    true,
  ],
  ['an object as if it were a field', { detail: { object: [{ exists: true }] } }, false],
  ['a missing field or a value', { detail: { object: { etag: [{ exists: false }, 'x'] } } }, true],
  ['a number over a bound', size({ numeric: ['>', 4] }), true],
  ['a number between bounds', size({ numeric: ['>=', 0, '<', 5] }), false],
  ['a number equal to a bound', size({ numeric: ['=', 5] }), true],
  ['a text compared as a number', key({ numeric: ['>', 0] }), false],
])('%s', (_what, pattern, matches) => {
  expect(compilePattern(pattern)(event)).toBe(matches);
});

test.each<[string, unknown, string]>([
  [
    'an unknown operator',
    key({ cidr: '10.0.0.0/8' }),
    'detail.object.key: the operator {"cidr":"10.0.0.0/8"} is not supported',
  ],
  ['two operators in one filter', key({ prefix: 'a', suffix: 'b' }), 'is not supported'],
  ['alternatives of fields', { detail: { $or: [{ a: ['x'] }] } }, 'detail.$or is not supported'],
  ['a value without a list', { source: 'aws.s3' }, 'source must be a list of values'],
  ['an empty list', { source: [] }, 'source is an empty list'],
  ['an empty pattern', {}, 'at least one field'],
  ['exists of a text', key({ exists: 'true' }), 'exists does not take "true"'],
  ['numeric of one bound and a half', size({ numeric: ['>', 4, '<'] }), 'numeric does not take'],
  ['numeric of an unknown sign', size({ numeric: ['!=', 4] }), 'numeric does not take'],
  ['a prefix of a number', key({ prefix: 5 }), 'prefix does not take 5'],
  ['anything but an unknown operator', key({ 'anything-but': { cidr: 'x' } }), 'anything-but does not take'],
  ['a wildcard with an escape', key({ wildcard: '\\*' }), 'wildcard does not take'],
])('%s is refused by name', (_what, pattern, sentence) => {
  expect(() => compilePattern(pattern)).toThrow(sentence);
  expect(patternFaults(pattern)).toEqual([expect.stringContaining(sentence)]);
});

test('references of a template are values that are not known yet', () => {
  const pattern = {
    detail: {
      bucket: { name: [{ Ref: 'Bucket' }] },
      object: { key: [{ prefix: { 'Fn::Join': ['', ['users/', { Ref: 'Suffix' }]] } }] },
    },
  };
  expect(patternFaults(pattern)).toEqual([]);
});
