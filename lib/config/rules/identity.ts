import { show } from '../fault';
import type { AuthConfig } from '../schema';
import type { Rule } from './rule';

const base = 'environment.auth';

/** Names that Cognito gives to its own users and to the providers it knows by itself. */
const reservedNames = ['cognito', 'google', 'facebook', 'loginwithamazon', 'signinwithapple'];

/** Ways in that end with tokens, whatever second factor a user has. */
function withoutSecondFactor({ magicLink, signIn }: AuthConfig) {
  const factors = signIn.filter((factor) => factor !== 'password');
  return [
    ...(magicLink ? [{ path: `${base}.magicLink`, found: 'a magic link' }] : []),
    ...(factors.length > 0 ? [{ path: `${base}.signIn`, found: show(factors) }] : []),
  ];
}

export const identityRules: readonly Rule[] = [
  {
    // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignInPolicyType.html
    rule: 'passwords are among the first factors',
    reads: [`${base}.signIn`],
    check: ({ environment: { auth } }) => {
      if (auth.signIn.includes('password')) return [];
      return [
        {
          path: `${base}.signIn`,
          found: show(auth.signIn),
          expected: '"password" among them: Cognito has no user pool without',
          fix: `Add "password" to ${base}.signIn; an application need not offer it.`,
        },
      ];
    },
  },
  {
    rule: 'one-time codes and passkeys are part of the feature plan',
    reads: [`${base}.signIn`, `${base}.featurePlan`],
    check: ({ environment: { auth } }) => {
      if (auth.featurePlan !== 'LITE' || auth.signIn.every((factor) => factor === 'password')) return [];
      return [
        {
          path: `${base}.signIn`,
          found: `${show(auth.signIn)}, with featurePlan "LITE"`,
          expected: '["password"]: the LITE plan has no other first factor',
          fix: `Set ${base}.featurePlan to "ESSENTIALS", or ${base}.signIn to ["password"].`,
        },
      ];
    },
  },
  {
    rule: 'passkeys belong to a domain',
    reads: [`${base}.signIn`, `${base}.passkeyDomain`, `${base}.domain`],
    check: ({ environment: { auth } }) => {
      if (!auth.signIn.includes('passkey') || auth.passkeyDomain || auth.domain) return [];
      return [
        {
          path: `${base}.passkeyDomain`,
          found: 'nothing, with "passkey" in signIn',
          expected: 'the host of the application, or a parent of it: a browser offers a passkey nowhere else',
          fix: `Add ${base}.passkeyDomain, for example "app.example.com", or ${base}.domain.`,
        },
      ];
    },
  },
  {
    // https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
    rule: 'no way in goes round a required second factor',
    reads: [`${base}.mfa`, `${base}.magicLink`, `${base}.signIn`],
    check: ({ environment: { auth } }) => {
      if (auth.mfa !== 'required') return [];
      return withoutSecondFactor(auth).map(({ path, found }) => ({
        path,
        found: `${found}, with mfa "required"`,
        expected:
          'sign-in by password only: Cognito asks for a second factor after a password and after nothing else',
        fix: `Remove it, or set ${base}.mfa to "optional".`,
      }));
    },
  },
  {
    rule: 'other identity providers have a domain to return to',
    reads: [`${base}.identityProviders`, `${base}.domain`],
    check: ({ environment: { auth } }) => {
      if (auth.identityProviders.length === 0 || auth.domain) return [];
      return [
        {
          path: `${base}.domain`,
          found: `nothing, with ${auth.identityProviders.length} identity providers`,
          expected: 'a prefix, or a name and certificateArn: providers send people back to this address',
          fix: `Add ${base}.domain, or remove ${base}.identityProviders.`,
        },
      ];
    },
  },
  {
    rule: 'every identity provider has a name of its own',
    reads: [`${base}.identityProviders`],
    check: ({ environment: { auth } }) => {
      const names = auth.identityProviders.map((provider) =>
        (provider.kind === 'google' ? 'Google' : provider.name).toLowerCase(),
      );
      return auth.identityProviders.flatMap((provider, index) => {
        const name = names[index] as string;
        const reserved = provider.kind !== 'google' && reservedNames.includes(name);
        const first = names.indexOf(name);
        if (!reserved && first === index) return [];
        return [
          {
            path: `${base}.identityProviders[${index}]`,
            found: `${provider.kind === 'google' ? '"google"' : show(provider.name)}, ${reserved ? 'a name that Cognito uses itself' : `as in ${base}.identityProviders[${first}]`}`,
            expected: 'a name that nothing else in the user pool has',
            fix: provider.kind === 'google' ? 'Remove the second one.' : 'Choose another name.',
          },
        ];
      });
    },
  },
  {
    // https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html
    rule: 'a refresh token outlives the tokens that it renews',
    reads: [`${base}.tokens`],
    check: ({ environment: { auth } }) => {
      const { accessMinutes, idMinutes, refreshDays } = auth.tokens;
      if (refreshDays * 24 * 60 > Math.max(accessMinutes, idMinutes)) return [];
      return [
        {
          path: `${base}.tokens.refreshDays`,
          found: `${refreshDays}, with access tokens of ${accessMinutes} and ID tokens of ${idMinutes} minutes`,
          expected: 'more days than the other tokens are valid: Cognito refuses the client otherwise',
          fix: `Raise ${base}.tokens.refreshDays, or shorten the others.`,
        },
      ];
    },
  },
  {
    // https://docs.aws.amazon.com/cognito/latest/developerguide/feature-plans-features-essentials.html
    rule: 'rotation of refresh tokens is part of the feature plan',
    reads: [`${base}.tokens`, `${base}.featurePlan`],
    check: ({ environment: { auth } }) => {
      if (auth.featurePlan !== 'LITE' || !auth.tokens.rotateRefresh) return [];
      return [
        {
          path: `${base}.tokens.rotateRefresh`,
          found: 'true, with featurePlan "LITE"',
          expected: 'false: the LITE plan does not rotate refresh tokens',
          fix: `Set ${base}.featurePlan to "ESSENTIALS", or ${base}.tokens.rotateRefresh to false.`,
        },
      ];
    },
  },
  {
    rule: 'user migration has somebody to ask for passwords',
    reads: [`${base}.userMigration`],
    check: ({ environment: { auth } }) => {
      if (!auth.userMigration || auth.userMigration.supabase || auth.userMigration.importedHashes) return [];
      return [
        {
          path: `${base}.userMigration`,
          found: 'neither supabase nor importedHashes',
          expected: 'at least one of them: it is where passwords are checked',
          fix: `Add ${base}.userMigration.supabase or set importedHashes to true, or remove ${base}.userMigration.`,
        },
      ];
    },
  },
  {
    rule: 'user migration can reach Supabase',
    reads: [`${base}.userMigration`, 'environment.network.egress'],
    check: ({ environment: { auth, network } }) => {
      // Without hashes the function lives outside of the VPC, where the way out is always open.
      if (!auth.userMigration?.supabase || !auth.userMigration.importedHashes) return [];
      if (network.egress !== 'none') return [];
      return [
        {
          path: 'environment.network.egress',
          found: '"none", with passwords checked at Supabase and in the database',
          expected: 'a way out of the VPC, in which the database is',
          fix: `Choose an egress, or keep one of ${base}.userMigration.supabase and importedHashes.`,
        },
      ];
    },
  },
  {
    rule: 'functions of accounts can reach the services they call',
    reads: ['environment.network.egress', 'environment.network.interfaceEndpoints', 'blueprint.identity'],
    check: ({ environment: { network }, blueprint }) => {
      if (network.egress !== 'none') return [];
      const called = [
        { endpoint: 'lambda', why: 'an export runs in a function of its own' },
        ...(blueprint.identity === 'cognito'
          ? [
              {
                endpoint: 'cognito-idp',
                why: 'signing out everywhere and deleting an account end in the pool',
              },
            ]
          : []),
      ] as const;
      return called
        .filter(({ endpoint }) => !network.interfaceEndpoints.some((name) => name === endpoint))
        .map(({ endpoint, why }) => ({
          path: 'environment.network.interfaceEndpoints',
          found: `${show(network.interfaceEndpoints)}, with egress "none"`,
          expected: `an endpoint for ${endpoint}: ${why}`,
          fix: `Add "${endpoint}" to environment.network.interfaceEndpoints, or choose another egress.`,
        }));
    },
  },
];
