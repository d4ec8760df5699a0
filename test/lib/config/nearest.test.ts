import { nearest } from '../../../lib/config/nearest';

const keys = ['multiAz', 'mfa', 'backupDays', 'maxAllocatedGiB'];

test.each([
  ['multiAZ', 'multiAz'],
  ['backupDay', 'backupDays'],
  ['bakcupDays', 'backupDays'],
  ['maxAllocatedGb', 'maxAllocatedGiB'],
])('%s is taken for %s', (word, meant) => {
  expect(nearest(word, keys)).toBe(meant);
});

test.each(['foo', 'x', 'encryption'])('%s is taken for nothing', (word) => {
  expect(nearest(word, keys)).toBeUndefined();
});

test('without candidates nothing is offered', () => {
  expect(nearest('anything', [])).toBeUndefined();
});
