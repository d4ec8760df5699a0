import { blueprints } from '../../../lib/config/blueprints';
import { environments } from '../../../lib/config/environments';
import { loadConfig } from '../../../lib/config/load';
import { changed, errorOf } from './configurations';

/** The shipped dev environment with arbitrary values in place of some of its own. */
function withValues(change: (environment: Record<string, Record<string, unknown>>) => void) {
  return changed('dev', 'platform', ({ environment }) => change(environment as never));
}

const faultsOf = (change: (environment: Record<string, Record<string, unknown>>) => void) =>
  errorOf(withValues(change))?.faults ?? [];

test('every fault is in one message, with where, what was found, what is expected and the fix', () => {
  const error = errorOf(
    withValues((environment) => {
      environment.database = { ...environment.database, backupDays: 40, multiAZ: true };
      environment.network = { ...environment.network, privateSubnets: ['10.0.1.0/24', '10.9.0.0/24'] };
      delete environment.region;
    }),
  );
  expect(error?.message).toBe(`5 faults in environment "dev" with blueprint "platform":

1. environment.region
   found:    nothing
   expected: a region such as us-east-1
   fix:      Add environment.region. AWS region.

2. environment.database.backupDays
   found:    40
   expected: a whole number from 0 to 35
   fix:      Write a whole number from 0 to 35. Days of automated backups and point-in-time recovery; 0 turns both off.

3. environment.database.multiAZ
   found:    an unknown key, with the value true
   expected: one of instanceClass, allocatedGiB, maxAllocatedGiB, multiAz, backupDays, deletionProtection, proxy, enhancedMonitoring, externalSecretName
   fix:      Rename it to multiAz, or remove it.

4. environment.network.privateSubnets[1]
   found:    "10.9.0.0/24"
   expected: a range inside the VPC's 10.0.0.0/16
   fix:      Move the subnet into 10.0.0.0/16, or widen environment.network.cidr.

5. environment.network.privateSubnets[0]
   found:    "10.0.1.0/24", which overlaps environment.network.publicSubnets[0] (10.0.1.0/24)
   expected: a range that no other subnet uses
   fix:      Give one of the two a range of its own.`);
});

test('an unknown environment or blueprint is answered with those that exist', () => {
  expect(() => loadConfig('prd', 'constructor')).toThrow(`2 faults in what was asked for:

1. environment
   found:    "prd"
   expected: one of ${Object.keys(environments).join(', ')}
   fix:      Did you mean prod? Or add lib/config/environments/prd.ts and name it in lib/config/environments/index.ts.

2. blueprint
   found:    "constructor"
   expected: one of ${Object.keys(blueprints).join(', ')}
   fix:      Choose one of them, or add lib/config/blueprints/constructor.ts and name it in lib/config/blueprints/index.ts.`);
});

test('a whole section that is missing is one fault, and the rules on the rest still run', () => {
  const faults = faultsOf((environment) => {
    delete environment.cache;
    environment.network = { ...environment.network, egress: 'none' };
  });
  expect(faults.map((fault) => fault.path)).toEqual([
    'environment.cache',
    'environment.network.interfaceEndpoints',
    'environment.network.interfaceEndpoints',
    'environment.network.interfaceEndpoints',
    'environment.network.interfaceEndpoints',
  ]);
});

test('neither environment nor blueprint: the error says so and is no crash', () => {
  expect(
    errorOf({ environment: undefined, blueprint: null })?.faults.map((fault) => [fault.path, fault.found]),
  ).toEqual([
    ['environment', 'nothing'],
    ['blueprint', 'null'],
  ]);
});

test('an unknown key far from every known one is not "corrected"', () => {
  const [fault] = faultsOf((environment) => {
    environment.cache = { ...environment.cache, colour: 'blue' };
  });
  expect(fault).toMatchObject({ path: 'environment.cache.colour', fix: 'Remove it.' });
});

test('a misspelled word of a list gets the nearest one offered', () => {
  const [fault] = faultsOf((environment) => {
    environment.network = { ...environment.network, egress: 'nat-gatway' };
  });
  expect(fault?.fix).toMatch(/^Did you mean "nat-gateway"\?/);
});

test('a blueprint names formats that there are', () => {
  const { environment, blueprint } = loadConfig('dev', 'documents');
  const wrong = { ...blueprint, documentFormats: ['exe'] };
  expect(errorOf({ environment, blueprint: wrong })?.faults).toEqual([
    expect.objectContaining({
      path: 'blueprint.documentFormats[0]',
      expected: expect.stringMatching(/"pdf", "docx", "doc", "pptx", "txt" or "md"/),
    }),
  ]);
});

describe('single fields', () => {
  test.each<[section: string, key: string, value: unknown, expected: RegExp]>([
    ['database', 'backupDays', -1, /from 0 to 35/],
    ['database', 'backupDays', 36, /from 0 to 35/],
    ['database', 'backupDays', 1.5, /whole number/],
    ['database', 'allocatedGiB', 19, /from 20 to 65536/],
    ['database', 'instanceClass', 'db.t4g.micro', /without `db\.`/],
    ['network', 'cidr', '10.0.0.256/16', /IPv4 CIDR/],
    ['network', 'cidr', '10.0.0.0', /IPv4 CIDR/],
    ['network', 'publicSubnets', [], /at least one entry/],
    ['auth', 'oidc', { issuer: 'http://issuer.example.com', audience: 'a' }, /https URL/],
    ['auth', 'oidc', { issuer: 'https://issuer.example.com' }, /not empty/],
    ['auth', 'domain', { prefix: 'my-cognito-app' }, /without the words aws, amazon or cognito/],
    ['auth', 'domain', { name: 'auth.example.com', certificateArn: 'arn:aws:acm:eu-west-1:1' }, /us-east-1/],
    ['auth', 'domain', { name: 'auth.example.com' }, /ACM certificate/],
    ['auth', 'domain', 'auth.example.com', /an object with prefix or an object with name, certificateArn/],
    ['auth', 'domain', { prefix: 'acme', name: 'auth.example.com' }, /one of prefix/],
    ['auth', 'email', { provider: 'sendgrid' }, /^"cognito" or "ses"$/],
    ['auth', 'email', { provider: 'ses' }, /an address such as/],
    ['auth', 'email', { provider: 'cognito', from: 'no-reply@example.com' }, /^one of provider$/],
    ['auth', 'email', { provider: 'ses', from: 'Evil\nBcc: a@b.cc <a@example.com>' }, /an address such as/],
    ['auth', 'signIn', [], /at least one entry/],
    ['auth', 'signIn', ['sms'], /"password", "email-otp" or "passkey"/],
    [
      'auth',
      'tokens',
      { accessMinutes: 4, idMinutes: 60, refreshDays: 30, rotateRefresh: true },
      /from 5 to 1440/,
    ],
    [
      'auth',
      'tokens',
      { accessMinutes: 60, idMinutes: 60, refreshDays: 3651, rotateRefresh: true },
      /from 1 to 3650/,
    ],
    ['auth', 'allowedEmailDomains', ['@example.com'], /a host name/],
    ['auth', 'identityProviders', [{ kind: 'github' }], /^"google", "oidc" or "saml"$/],
    ['auth', 'identityProviders', [{ kind: 'saml', name: '_a', metadataUrl: 'https://a.bc' }], /3 to 32/],
    ['auth', 'userMigration', { issuer: 'https://old.example.com', until: 'soon' }, /a date such as/],
    ['auth', 'callbackUrls', ['javascript:alert(1)'], /a URL such as/],
    ['api', 'corsOrigins', ['*'], /no `\*`, which would let every site in/],
    ['api', 'corsOrigins', ['https://app.example.com/'], /no slash at the end/],
    ['api', 'corsOrigins', ['https://App.example.com'], /an origin such as/],
    ['api', 'databaseConnectionShare', 0, /above 0 and of at most 0\.9/],
    ['api', 'databaseConnectionShare', 1, /above 0 and of at most 0\.9/],
    ['storage', 'corsOrigins', ['*'], /an origin such as/],
    ['storage', 'signingKeys', ['November'], /a name such as 2026-11/],
    ['storage', 'signingKeys', ['-'], /a name such as 2026-11/],
    ['storage', 'signingKeys', [], /a list of 1 to 5 names/],
    ['storage', 'signingKeys', ['a', 'b', 'c', 'd', 'e', 'f'], /a list of 1 to 5 names/],
    ['documents', 'maxBytes', 5 * 1024 ** 3 + 1, /from 1 to 5368709120/],
    ['photos', 'maxMegapixels', 101, /from 1 to 100/],
    ['resumes', 'retentionDays', 0, /from 1/],
    ['monitoring', 'emails', ['ops'], /e-mail address/],
    [
      'monitoring',
      'slack',
      { workspaceId: 'acme', criticalChannelId: 'C0123', warningChannelId: 'C0124' },
      /workspace id/,
    ],
    [
      'monitoring',
      'slack',
      { workspaceId: 'T0123', criticalChannelId: '#alarms', warningChannelId: 'C0124' },
      /channel id/,
    ],
    ['monitoring', 'budgetUsd', 0, /above 0/],
    ['tags', 'aws:createdBy', 'me', /not beginning with aws:/],
    ['cache', 'nodeType', 't4g.micro', /cache\.t4g\.micro/],
  ])('%s.%s does not take %j', (section, key, value, expected) => {
    const faults = faultsOf((environment) => {
      environment[section] = { ...environment[section], [key]: value };
    });
    expect(faults.map((fault) => fault.expected)).toEqual([expect.stringMatching(expected)]);
    expect(faults[0]?.path).toMatch(new RegExp(`^environment\\.${section}\\.${key}`));
  });

  test.each<[key: string, value: unknown, expected: RegExp]>([
    ['account', '12345', /twelve digits/],
    ['region', 'us-east', /region such as us-east-1/],
    ['logRetentionDays', 8, /7, 14, 30, 90, 180, 365 or 731/],
    ['name', 'Dev', /lower-case/],
    ['terminationProtection', 'no', /true or false/],
  ])('%s does not take %j', (key, value, expected) => {
    const faults = faultsOf((environment) => {
      (environment as Record<string, unknown>)[key] = value;
    });
    expect(faults.map((fault) => fault.expected)).toEqual([expect.stringMatching(expected)]);
  });
});
