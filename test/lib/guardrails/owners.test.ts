import { ownerOf } from '../../../lib/guardrails/owners';

test.each([
  ['landfall-prod-network', 'network'],
  ['landfall-prod-monitoring-global', 'operations'],
  // A hyphen in the name of the environment.
  ['landfall-prod-eu-auth', 'identity'],
  ['landfall-prod-eu-monitoring-global', 'operations'],
])('the owner of %s is %s', (stack, owner) => {
  expect(ownerOf(stack)).toBe(owner);
});

test.each(['landfall-prod-elsewhere', 'other-prod-network', ''])('nobody answers for %j', (stack) => {
  expect(ownerOf(stack)).toBeUndefined();
});
