import { contains, overlap, parseCidr } from '../../../lib/config/cidr';

test('a range runs from its first to its last address, without sign trouble above 127.x', () => {
  expect(parseCidr('192.168.1.64/26')).toEqual({
    first: 0xc0a80140,
    last: 0xc0a8017f,
    prefix: 26,
    canonical: '192.168.1.64/26',
  });
  expect(parseCidr('0.0.0.0/0')).toMatchObject({ first: 0, last: 2 ** 32 - 1 });
  expect(parseCidr('255.255.255.255/32')).toMatchObject({ first: 2 ** 32 - 1, last: 2 ** 32 - 1 });
});

test('host bits are cut off in the canonical form', () => {
  expect(parseCidr('10.0.1.77/24').canonical).toBe('10.0.1.0/24');
});

test('neighbours do not overlap, a range overlaps what lies inside it', () => {
  const [low, high, both] = ['10.0.0.0/25', '10.0.0.128/25', '10.0.0.0/24'].map(parseCidr) as [
    never,
    never,
    never,
  ];
  expect(overlap(low, high)).toBe(false);
  expect([overlap(both, high), overlap(low, both)]).toEqual([true, true]);
  expect([contains(both, high), contains(high, both)]).toEqual([true, false]);
});
