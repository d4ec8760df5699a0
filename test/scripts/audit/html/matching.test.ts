import {
  fromHash,
  matchesFacets,
  matchesText,
  nothingFiltered,
  termsOf,
  toggled,
  toHash,
} from '../../../../scripts/audit/html/browser/matching';

const item = {
  principal: 'documents function api/documents/function/role',
  action: 's3:getobject kms:decrypt',
  resource: 'objects under users/* in the documents bucket',
  condition: 'only through s3',
  service: 's3',
  stack: 'api',
  text: 'documents function s3:getobject kms:decrypt objects under users/* only through s3',
};

test.each([
  ['', true],
  ['users/*', true],
  ['users/* missing', false],
  ['action:s3:GetObject', true],
  ['action:users', false],
  ['kms:Decrypt', true],
  ['principal:"documents function"', true],
  ['principal:"documents', true],
  ['-kms', false],
  ['-action:sqs', true],
  ['-action:kms', false],
  ['unknown:field', false],
  ['action:', true],
  ['stack:api service:s3', true],
])('the text %j matches: %s', (text, matches) => {
  expect(matchesText(termsOf(text), item)).toBe(matches);
});

test('two facets of one question exclude nothing together, other facets add up', () => {
  const facts = { deny: false, wildcards: true, unused: false, condition: true };
  expect(matchesFacets(['allow', 'deny'], facts)).toBe(true);
  expect(matchesFacets(['deny'], facts)).toBe(false);
  expect(matchesFacets(['condition', 'unconditional'], facts)).toBe(true);
  expect(matchesFacets(['unconditional'], facts)).toBe(false);
  expect(matchesFacets(['wildcards', 'unused'], facts)).toBe(false);
});

test('a filter survives its way through the address, and a place of the page is no filter', () => {
  const filter = { text: 'action:s3 "a & b=c" #x', facets: ['deny', 'unused'], stack: 'api' } as const;
  expect(fromHash(toHash(filter))).toEqual(filter);
  expect(toHash(nothingFiltered)).toBe('');
  expect(fromHash('')).toEqual(nothingFiltered);
  expect(fromHash('#network')).toBeUndefined();
  expect(fromHash('#only=deny,nonsense')).toEqual({ text: '', facets: ['deny'], stack: '' });
});

test('a term that is chosen twice is taken back, and others stay', () => {
  const term = 'principal:"documents function"';
  expect(toggled('s3', term)).toBe(`s3 ${term}`);
  expect(toggled(`s3 ${term} kms`, term)).toBe('s3 kms');
  expect(toggled('', term)).toBe(term);
});
