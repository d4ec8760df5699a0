import { Fingerprints } from '../../../scripts/migrate/fingerprints';

test('remembers every text with its number, also after growing', () => {
  const known = new Fingerprints();
  const texts = Array.from({ length: 20_000 }, (_, index) => `user-${index}@example.com`);
  for (const [index, text] of texts.entries()) expect(known.add(text, (index % 255) + 1)).toBe(true);
  expect(known.size).toBe(texts.length);
  expect(texts.map((text) => known.get(text))).toEqual(texts.map((_, index) => (index % 255) + 1));
});

test('a known text is not added again and keeps its number', () => {
  const known = new Fingerprints();
  known.add('a', 1);
  expect(known.add('a', 2)).toBe(false);
  expect([known.get('a'), known.get('b'), known.size]).toEqual([1, undefined, 1]);
});

test('a number that it cannot keep is refused', () => {
  const known = new Fingerprints();
  expect(() => known.add('a', 0)).toThrow('from 1 to 255');
  expect(() => known.add('a', 256)).toThrow('from 1 to 255');
});
