import { loadConfig } from '../../lib/config/load';
import { contractsOf } from '../../lib/contracts';

const domains = (offer: Parameters<typeof contractsOf>[0]) => contractsOf(offer).map(({ domain }) => domain);

test('every deployment has health and accounts, and the platform also magic links and files', () => {
  const { environment, blueprint } = loadConfig('local', 'platform');
  expect(domains({ environment, blueprint })).toEqual([
    'health',
    'account',
    'magic-link',
    'documents',
    'jobs',
    'photos',
  ]);
  expect(domains({ environment, blueprint: { ...blueprint, capabilities: [] } })).toEqual([
    'health',
    'account',
    'magic-link',
  ]);
});

test('magic links are offered only where there is a user pool, and only when configured', () => {
  const { environment, blueprint } = loadConfig('local', 'platform');
  expect(domains({ environment, blueprint: { ...blueprint, identity: 'oidc' } })).not.toContain('magic-link');
  expect(domains({ environment: { auth: {} }, blueprint })).not.toContain('magic-link');
});

test('a capability that is named twice is offered once', () => {
  const { environment, blueprint } = loadConfig('local', 'platform');
  const twice = { ...blueprint, capabilities: [...blueprint.capabilities, ...blueprint.capabilities] };
  expect(domains({ environment, blueprint: twice })).toEqual(domains({ environment, blueprint }));
});
