import { type IdentityDependencies, identity } from '../../scripts/preflight-identity';
import { allVariants } from '../support/variants';

const configuration = (name: string) => {
  const found = allVariants().find((variant) => variant.name === name);
  if (!found) throw new Error(`no variant ${name}`);
  return found;
};

/** An account in which all is ready, but for what a test takes away. */
function account(differences: Partial<IdentityDependencies> = {}) {
  const logs: string[] = [];
  const asked: string[] = [];
  const deps: IdentityDependencies = {
    mailIdentityVerified: async (region, name) => {
      asked.push(`${region} ${name}`);
      return true;
    },
    mailsToAnybody: async () => true,
    secretExists: async (region, name) => {
      asked.push(`${region} ${name}`);
      return true;
    },
    log: (line) => void logs.push(line),
    ...differences,
  };
  return { deps, logs, asked };
}

test('senders are looked for where they send, and every secret that is named', async () => {
  const { deps, asked, logs } = account();
  expect(await identity(deps, configuration('identity-full'))).toEqual([]);
  expect(asked.sort()).toEqual([
    'eu-west-1 example.com',
    'us-east-1 example.com',
    'us-east-1 landfall/clerk',
    'us-east-1 landfall/google',
    'us-east-1 landfall/supabase',
    'us-east-1 no-reply@example.com',
  ]);
  expect(logs).toEqual([]);
});

test('a sender of the user pool that is not verified is an obstacle, because Cognito refuses the pool', async () => {
  const { deps } = account({ mailIdentityVerified: async () => false });
  expect(await identity(deps, configuration('staging-platform'))).toEqual([
    {
      what: 'Amazon SES in us-east-1 has not verified example.com.',
      fix: expect.stringContaining('create-email-identity --email-identity example.com --region us-east-1'),
    },
  ]);
});

test('so is the sandbox: no user would get a code', async () => {
  const { deps } = account({ mailsToAnybody: async () => false });
  const [obstacle] = await identity(deps, configuration('staging-platform'));
  expect(obstacle?.what).toMatch(/sandbox: it delivers to verified addresses only/);
});

test('where only magic links are mailed by SES, both are warnings', async () => {
  const { deps, logs } = account({
    mailIdentityVerified: async () => false,
    mailsToAnybody: async () => false,
  });
  expect(await identity(deps, configuration('dev-platform'))).toEqual([]);
  expect(logs).toEqual([
    expect.stringMatching(
      /has not verified example\.com or no-reply@example\.com\. Nobody gets a magic link/,
    ),
    expect.stringMatching(/sandbox.*Nobody gets a magic link/),
  ]);
});

test('the address of a link’s sender may be verified instead of its domain', async () => {
  const { deps, logs } = account({ mailIdentityVerified: async (_, name) => name.includes('@') });
  expect(await identity(deps, configuration('dev-platform'))).toEqual([]);
  expect(logs).toEqual([]);
});

test('a secret that does not exist is an obstacle that names the setting and the key', async () => {
  const { deps } = account({ secretExists: async (_, name) => name !== 'landfall/clerk' });
  expect(await identity(deps, configuration('identity-full'))).toEqual([
    {
      what: 'There is no secret landfall/clerk in us-east-1, which auth.identityProviders[1] names.',
      fix: expect.stringContaining('{"clientSecret": "..."}'),
    },
  ]);
});

test('what may not be read is no obstacle: deploying does not need that permission', async () => {
  const denied = () => Promise.reject(new Error('AccessDenied'));
  const { deps, logs } = account({
    mailIdentityVerified: denied,
    mailsToAnybody: denied,
    secretExists: denied,
  });
  expect(await identity(deps, configuration('identity-full'))).toEqual([]);
  expect(logs).toHaveLength(5);
  for (const line of logs) expect(line).toMatch(/going on: AccessDenied$/);
});

test.each(['dev-documents', 'lite'])('%s asks nothing: it mails by nobody of ours', async (name) => {
  const { deps, asked } = account();
  expect(await identity(deps, configuration(name))).toEqual([]);
  expect(asked).toEqual([]);
});
