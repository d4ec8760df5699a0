import { blueprints } from '../../lib/config/blueprints';
import { environments } from '../../lib/config/environments';
import { validate } from '../../lib/config/load';
import type { Blueprint, EnvironmentConfig } from '../../lib/config/schema';

export interface Variant {
  /** `<environment>-<blueprint>`, or a name that says what is special. */
  readonly name: string;
  readonly environment: EnvironmentConfig;
  readonly blueprint: Blueprint;
}

/** Everything that ships: each environment with each blueprint. */
const shipped: readonly Variant[] = Object.entries(environments).flatMap(([environmentName, environment]) =>
  Object.entries(blueprints).map(([blueprintName, blueprint]) => ({
    name: `${environmentName}-${blueprintName}`,
    environment,
    blueprint,
  })),
);

const { local, prod, staging } = environments as Record<'local' | 'prod' | 'staging', EnvironmentConfig>;
const { platform, documents } = blueprints as Record<'platform' | 'documents', Blueprint>;

/** Choices that no shipped pair makes, but somebody will; based on prod, so that all audit packs see them. */
const special: readonly Variant[] = [
  {
    name: 'external-database',
    environment: {
      ...prod,
      name: 'external',
      network: { ...prod.network, egress: 'nat-instance' },
      database: { ...prod.database, proxy: false, externalSecretName: 'landfall/database-url' },
    },
    blueprint: { ...platform, database: 'external' },
  },
  {
    name: 'dual-stack',
    environment: {
      ...prod,
      name: 'dualstack',
      network: { ...prod.network, egress: 'ipv6' },
      auth: { ...prod.auth, domain: { prefix: 'landfall-example' } },
    },
    blueprint: platform,
  },
  {
    name: 'supabase-hybrid',
    environment: {
      ...prod,
      name: 'hybrid',
      network: { ...prod.network, egress: 'nat-instance' },
      database: { ...prod.database, proxy: false, externalSecretName: 'landfall/database-url' },
      auth: {
        ...prod.auth,
        oidc: {
          issuer: 'https://project.supabase.co/auth/v1',
          audience: 'authenticated',
          algorithms: ['ES256'],
          clockSkewSeconds: 5,
          jwksUri: 'https://project.supabase.co/auth/v1/.well-known/jwks.json',
          sharedSecret: {
            secretName: 'landfall/supabase-jwt',
            reason: 'Sessions that began before the project got signing keys live until the cutover.',
          },
        },
      },
    },
    blueprint: { ...documents, database: 'external' },
  },
  {
    name: 'other-region',
    environment: {
      ...prod,
      name: 'europe',
      region: 'eu-central-1',
      // CloudFront hands its logs out in us-east-1 only, and the full audit insists on them.
      audit: 'baseline',
      storage: { ...prod.storage, cdn: { ...prod.storage.cdn, logging: false } },
      monitoring: {
        ...prod.monitoring,
        slack: { workspaceId: 'T00000000', criticalChannelId: 'C00000001', warningChannelId: 'C00000002' },
      },
    },
    blueprint: platform,
  },
  {
    name: 'identity-full',
    environment: {
      ...prod,
      name: 'identity',
      auth: {
        ...prod.auth,
        domain: {
          name: 'auth.example.com',
          certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/a1b2c3',
        },
        email: {
          provider: 'ses',
          from: 'Example <no-reply@example.com>',
          replyTo: 'help@example.com',
          configurationSet: 'sign-in',
          region: 'eu-west-1',
        },
        allowedEmailDomains: ['example.com', 'example.org'],
        groups: ['admin', 'support'],
        identityProviders: [
          { kind: 'google', clientId: 'google-client', secretName: 'landfall/google' },
          {
            kind: 'oidc',
            name: 'Clerk',
            issuer: 'https://clerk.example.com',
            clientId: 'clerk-client',
            secretName: 'landfall/clerk',
          },
          { kind: 'saml', name: 'Partner', metadataUrl: 'https://id.example.com/saml/metadata' },
        ],
        userMigration: {
          issuer: 'https://project.supabase.co/auth/v1',
          until: '2027-06-30',
          supabase: { url: 'https://project.supabase.co', secretName: 'landfall/supabase' },
          importedHashes: true,
        },
      },
    },
    blueprint: platform,
  },
  {
    // Run, and not only synthesized: a cutover on this machine.
    name: 'local-migrating',
    environment: {
      ...local,
      auth: {
        ...local.auth,
        userMigration: { issuer: 'https://localhost:4004', until: '2099-12-31', importedHashes: true },
      },
    },
    blueprint: platform,
  },
  {
    name: 'scanned',
    environment: {
      ...prod,
      name: 'scanned',
      storage: { ...prod.storage, malwareProtection: true, signingKeys: ['2027-02', '2026-11'] },
    },
    blueprint: platform,
  },
  {
    name: 'bounded',
    environment: {
      ...prod,
      name: 'bounded',
      permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/application-limits',
      github: { repository: 'example/application', environment: 'bounded' },
    },
    blueprint: platform,
  },
  {
    // Deployed from GitHub as it is shipped: an account that is known at deployment only, two regions, every format.
    name: 'github',
    environment: {
      ...prod,
      name: 'github',
      region: 'eu-central-1',
      audit: 'baseline',
      storage: { ...prod.storage, malwareProtection: true, cdn: { ...prod.storage.cdn, logging: false } },
      github: {
        repository: 'example/application',
        environment: 'github',
        qualifier: 'github',
        providerArn: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
      },
    },
    blueprint: platform,
  },
  {
    // Based on staging: the full audit insists on a second factor.
    name: 'lite',
    environment: {
      ...staging,
      name: 'lite',
      auth: {
        ...withoutExtras(staging.auth),
        featurePlan: 'LITE',
        mfa: 'off',
        signIn: ['password'],
        tokens: { ...staging.auth.tokens, rotateRefresh: false },
        email: { provider: 'cognito' },
        groups: [],
        waf: false,
      },
    },
    blueprint: platform,
  },
];

function withoutExtras({ magicLink, passkeyDomain, ...auth }: EnvironmentConfig['auth']) {
  return auth;
}

/** All variants that the suite synthesizes, once, before the first test. */
export function allVariants(): readonly Variant[] {
  return [...shipped, ...special.map((variant) => ({ ...variant, ...validated(variant) }))];
}

function validated({ environment, blueprint }: Variant): Pick<Variant, 'environment' | 'blueprint'> {
  return validate(environment, blueprint);
}
