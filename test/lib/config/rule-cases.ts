import type { Change } from './configurations';

/** A rule by example: one configuration it refuses, and the nearest one it accepts. */
export interface RuleCase {
  /** Shipped environment that is changed. Default: dev. */
  readonly from?: 'dev' | 'staging' | 'prod';
  readonly broken: Change;
  /** Paths of the faults that the rule must find. */
  readonly faults: readonly string[];
  /** The nearest configuration that the rule must accept. */
  readonly good: Change;
}

const oneZone: Change = ({ environment: { network } }) => {
  network.publicSubnets = ['10.0.1.0/24'];
  network.privateSubnets = ['10.0.10.0/24'];
};

const external: Change = ({ environment, blueprint }) => {
  blueprint.database = 'external';
  environment.database.externalSecretName = 'team/database';
  environment.database.proxy = false;
};

const github = { repository: 'example/application', environment: 'dev' };
const provider = 'oidc-provider/token.actions.githubusercontent.com';

/** By the sentence of the rule. */
export const ruleCases: Readonly<Record<string, RuleCase>> = {
  'a range is written with its first address': {
    broken: ({ environment: { network } }) => {
      network.cidr = '10.0.0.1/16';
      network.privateSubnets[1] = '10.0.11.7/24';
    },
    faults: ['environment.network.cidr', 'environment.network.privateSubnets[1]'],
    good: ({ environment: { network } }) => {
      network.privateSubnets[1] = '10.0.11.128/25';
    },
  },
  'the VPC is between /16 and /28': {
    broken: ({ environment: { network } }) => {
      network.cidr = '10.0.0.0/15';
    },
    faults: ['environment.network.cidr'],
    good: ({ environment: { network } }) => {
      network.cidr = '10.0.0.0/20';
    },
  },
  'every subnet lies inside the VPC': {
    broken: ({ environment: { network } }) => {
      network.cidr = '10.0.0.0/21';
    },
    faults: ['environment.network.privateSubnets[0]', 'environment.network.privateSubnets[1]'],
    good: ({ environment: { network } }) => {
      network.cidr = '10.0.0.0/20';
    },
  },
  'no two subnets overlap': {
    broken: ({ environment: { network } }) => {
      network.privateSubnets = ['10.0.2.128/25', '10.0.0.0/22'];
    },
    faults: [
      'environment.network.privateSubnets[0]',
      'environment.network.privateSubnets[1]',
      'environment.network.privateSubnets[1]',
      'environment.network.privateSubnets[1]',
    ],
    good: ({ environment: { network } }) => {
      network.privateSubnets = ['10.0.3.0/25', '10.0.3.128/25'];
    },
  },
  'every subnet is /28 or larger': {
    broken: ({ environment: { network } }) => {
      network.publicSubnets[0] = '10.0.1.0/29';
    },
    faults: ['environment.network.publicSubnets[0]'],
    good: ({ environment: { network } }) => {
      network.publicSubnets[0] = '10.0.1.0/28';
    },
  },
  'a private subnet has an address for everything that may run in it': {
    from: 'prod',
    broken: ({ environment: { network } }) => {
      network.privateSubnets[0] = '10.2.10.0/27';
    },
    faults: ['environment.network.privateSubnets[0]'],
    good: ({ environment: { network } }) => {
      network.privateSubnets[0] = '10.2.10.0/26';
    },
  },
  'public and private subnets come in pairs, one of each per zone': {
    broken: ({ environment: { network } }) => {
      network.publicSubnets.pop();
    },
    faults: ['environment.network.publicSubnets'],
    good: ({ environment: { network } }) => {
      network.publicSubnets.push('10.0.3.0/24');
      network.privateSubnets.push('10.0.12.0/24');
    },
  },
  'an RDS subnet group covers two zones': {
    broken: oneZone,
    faults: ['environment.network.privateSubnets'],
    good: (configuration) => {
      oneZone(configuration);
      external(configuration);
    },
  },
  'a Multi-AZ database has a second zone to fail over to': {
    broken: (configuration) => {
      oneZone(configuration);
      configuration.environment.database.multiAz = true;
    },
    faults: ['environment.database.multiAz'],
    good: ({ environment: { database } }) => {
      database.multiAz = true;
    },
  },
  'cache replicas have a second zone to live in': {
    broken: (configuration) => {
      oneZone(configuration);
      configuration.environment.cache.replicas = 1;
    },
    faults: ['environment.cache.replicas'],
    good: ({ environment: { cache } }) => {
      cache.replicas = 1;
    },
  },
  'a proxy stands only in front of RDS': {
    broken: (configuration) => {
      external(configuration);
      configuration.environment.database.proxy = true;
    },
    faults: ['environment.database.proxy'],
    good: external,
  },
  'an external database has a secret with its URL': {
    broken: (configuration) => {
      external(configuration);
      delete configuration.environment.database.externalSecretName;
    },
    faults: ['environment.database.externalSecretName'],
    good: ({ environment: { database } }) => {
      database.externalSecretName = 'named/before/the/switch';
    },
  },
  'an external database can be reached': {
    broken: (configuration) => {
      external(configuration);
      configuration.environment.network.egress = 'none';
    },
    faults: ['environment.network.egress'],
    good: (configuration) => {
      external(configuration);
      configuration.environment.network.egress = 'nat-gateway';
    },
  },
  'functions that read a secret can reach Secrets Manager': {
    broken: ({ environment: { network } }) => {
      network.egress = 'none';
      network.interfaceEndpoints = ['lambda', 'cognito-idp', 'sqs'];
    },
    faults: ['environment.network.interfaceEndpoints'],
    good: ({ environment: { network } }) => {
      network.egress = 'none';
      network.interfaceEndpoints = ['lambda', 'cognito-idp', 'secretsmanager', 'sqs'];
    },
  },
  'functions of accounts can reach the services they call': {
    broken: ({ environment: { network } }) => {
      network.egress = 'none';
      network.interfaceEndpoints = ['secretsmanager', 'sqs'];
    },
    faults: ['environment.network.interfaceEndpoints', 'environment.network.interfaceEndpoints'],
    good: ({ environment: { network }, blueprint }) => {
      // Nobody is signed out of, or deleted from, a pool that does not exist.
      blueprint.identity = 'oidc';
      network.egress = 'none';
      network.interfaceEndpoints = ['secretsmanager', 'lambda', 'sqs'];
    },
  },
  'documents have formats, and only where there are documents': {
    broken: ({ blueprint }) => {
      blueprint.documentFormats = [];
    },
    faults: ['blueprint.documentFormats'],
    good: ({ blueprint }) => {
      blueprint.capabilities = ['photos'];
      blueprint.documentFormats = [];
    },
  },
  'workers can reach their queue': {
    broken: ({ environment: { network } }) => {
      network.egress = 'none';
      network.interfaceEndpoints = ['secretsmanager', 'lambda', 'cognito-idp'];
    },
    faults: ['environment.network.interfaceEndpoints'],
    good: ({ environment: { network } }) => {
      network.egress = 'none';
      network.interfaceEndpoints = ['secretsmanager', 'lambda', 'cognito-idp', 'sqs'];
    },
  },
  'an external identity provider is named': {
    broken: ({ environment, blueprint }) => {
      blueprint.identity = 'oidc';
      delete environment.auth.oidc;
    },
    faults: ['environment.auth.oidc'],
    good: ({ environment }) => {
      delete environment.auth.oidc;
    },
  },
  'production is never destroyed with its stacks': {
    from: 'staging',
    broken: ({ environment }) => {
      environment.name = 'prod';
      environment.removal = 'destroy';
    },
    faults: ['environment.removal'],
    good: ({ environment }) => {
      environment.name = 'prod';
    },
  },
  'what may be destroyed is not locked': {
    broken: ({ environment }) => {
      environment.terminationProtection = true;
      environment.database.deletionProtection = true;
      environment.auth.deletionProtection = true;
    },
    faults: [
      'environment.terminationProtection',
      'environment.database.deletionProtection',
      'environment.auth.deletionProtection',
    ],
    good: ({ environment }) => {
      environment.terminationProtection = true;
      environment.database.deletionProtection = true;
      environment.auth.deletionProtection = true;
      environment.database.backupDays = 7;
      environment.removal = 'retain';
    },
  },
  'what must survive is locked': {
    from: 'staging',
    broken: ({ environment }) => {
      environment.terminationProtection = false;
      environment.auth.deletionProtection = false;
    },
    faults: ['environment.terminationProtection', 'environment.auth.deletionProtection'],
    good: ({ environment }) => {
      environment.terminationProtection = false;
      environment.auth.deletionProtection = false;
      environment.database.deletionProtection = false;
      environment.removal = 'destroy';
    },
  },
  'data that must survive has backups of a week': {
    from: 'staging',
    broken: ({ environment: { database } }) => {
      database.backupDays = 6;
    },
    faults: ['environment.database.backupDays'],
    good: (configuration) => {
      external(configuration);
      configuration.environment.database.backupDays = 0;
    },
  },
  'storage can grow by a tenth or more': {
    broken: ({ environment: { database } }) => {
      database.allocatedGiB = 100;
      database.maxAllocatedGiB = 109;
    },
    faults: ['environment.database.maxAllocatedGiB'],
    good: ({ environment: { database } }) => {
      database.allocatedGiB = 100;
      database.maxAllocatedGiB = 110;
    },
  },
  'the memory of the instance class is known': {
    broken: ({ environment: { database } }) => {
      database.instanceClass = 'x9z.large';
    },
    faults: ['environment.database.instanceClass'],
    good: ({ environment: { database } }) => {
      database.instanceClass = 'r8g.2xlarge';
    },
  },
  'plain http is for localhost only': {
    broken: ({ environment: { api, auth, storage } }) => {
      api.corsOrigins = ['http://app.example.com'];
      storage.corsOrigins = ['http://localhost.example.com'];
      auth.callbackUrls = ['http://localhost:3000/', 'http://app.example.com/'];
      auth.magicLink?.redirectUris.push('http://app.example.com/magic');
    },
    faults: [
      'environment.api.corsOrigins[0]',
      'environment.storage.corsOrigins[0]',
      'environment.auth.callbackUrls[1]',
      'environment.auth.magicLink.redirectUris[2]',
    ],
    good: ({ environment: { api } }) => {
      api.corsOrigins = ['https://app.example.com', 'http://127.0.0.1:8080'];
    },
  },
  'a sign-in URL carries no fragment': {
    broken: ({ environment: { auth } }) => {
      auth.callbackUrls = ['https://app.example.com/#/callback'];
      auth.magicLink?.redirectUris.push('https://app.example.com/#/magic');
    },
    faults: ['environment.auth.callbackUrls[0]', 'environment.auth.magicLink.redirectUris[2]'],
    good: ({ environment: { auth } }) => {
      auth.callbackUrls = ['https://app.example.com/callback?from=cognito'];
      delete auth.magicLink;
    },
  },
  'a fully audited environment does not trust localhost': {
    from: 'prod',
    broken: ({ environment: { api, auth } }) => {
      api.corsOrigins.push('http://localhost:3000');
      auth.logoutUrls.push('https://localhost:3000/');
      auth.magicLink?.redirectUris.push('http://127.0.0.1:3000/magic');
    },
    faults: [
      'environment.api.corsOrigins[1]',
      'environment.auth.logoutUrls[1]',
      'environment.auth.magicLink.redirectUris[1]',
    ],
    good: ({ environment }) => {
      environment.audit = 'baseline';
      environment.api.corsOrigins.push('http://localhost:3000');
    },
  },
  'threat protection can ask for a second factor': {
    broken: ({ environment: { auth } }) => {
      auth.featurePlan = 'PLUS';
      auth.mfa = 'off';
    },
    faults: ['environment.auth.mfa'],
    good: ({ environment: { auth } }) => {
      auth.mfa = 'off';
    },
  },
  'a fully audited environment lets no client send a password': {
    from: 'prod',
    broken: ({ environment: { auth } }) => {
      auth.passwordSignIn = true;
    },
    faults: ['environment.auth.passwordSignIn'],
    good: ({ environment: { auth } }) => {
      auth.passwordSignIn = true;
      auth.userMigration = { issuer: 'https://old.example.com', until: '2027-06-30', importedHashes: true };
    },
  },
  'passwords are among the first factors': {
    broken: ({ environment: { auth } }) => {
      auth.signIn = ['email-otp'];
    },
    faults: ['environment.auth.signIn'],
    good: ({ environment: { auth } }) => {
      auth.signIn = ['email-otp', 'password'];
    },
  },
  'one-time codes and passkeys are part of the feature plan': {
    broken: ({ environment: { auth } }) => {
      auth.featurePlan = 'LITE';
      auth.tokens.rotateRefresh = false;
    },
    faults: ['environment.auth.signIn'],
    good: ({ environment: { auth } }) => {
      auth.featurePlan = 'LITE';
      auth.signIn = ['password'];
      auth.tokens.rotateRefresh = false;
    },
  },
  'passkeys belong to a domain': {
    broken: ({ environment: { auth } }) => {
      delete auth.passkeyDomain;
    },
    faults: ['environment.auth.passkeyDomain'],
    good: ({ environment: { auth } }) => {
      delete auth.passkeyDomain;
      auth.domain = { prefix: 'landfall-example' };
    },
  },
  'no way in goes round a required second factor': {
    broken: ({ environment: { auth } }) => {
      auth.mfa = 'required';
    },
    faults: ['environment.auth.magicLink', 'environment.auth.signIn'],
    good: ({ environment: { auth } }) => {
      auth.mfa = 'required';
      auth.signIn = ['password'];
      delete auth.magicLink;
    },
  },
  'other identity providers have a domain to return to': {
    broken: ({ environment: { auth } }) => {
      auth.identityProviders = [{ kind: 'google', clientId: 'id', secretName: 'landfall/google' }];
    },
    faults: ['environment.auth.domain'],
    good: ({ environment: { auth } }) => {
      auth.identityProviders = [{ kind: 'google', clientId: 'id', secretName: 'landfall/google' }];
      auth.domain = { prefix: 'landfall-example' };
    },
  },
  'every identity provider has a name of its own': {
    broken: ({ environment: { auth } }) => {
      auth.domain = { prefix: 'landfall-example' };
      auth.identityProviders = [
        { kind: 'google', clientId: 'id', secretName: 'landfall/google' },
        { kind: 'google', clientId: 'other', secretName: 'landfall/google' },
        { kind: 'saml', name: 'COGNITO', metadataUrl: 'https://id.example.com/metadata' },
        { kind: 'saml', name: 'Partner', metadataUrl: 'https://id.example.com/metadata' },
        { kind: 'saml', name: 'partner', metadataUrl: 'https://id.example.com/metadata' },
      ];
    },
    faults: [
      'environment.auth.identityProviders[1]',
      'environment.auth.identityProviders[2]',
      'environment.auth.identityProviders[4]',
    ],
    good: ({ environment: { auth } }) => {
      auth.domain = { prefix: 'landfall-example' };
      auth.identityProviders = [
        { kind: 'google', clientId: 'id', secretName: 'landfall/google' },
        { kind: 'saml', name: 'Partner', metadataUrl: 'https://id.example.com/metadata' },
      ];
    },
  },
  'a refresh token outlives the tokens that it renews': {
    broken: ({ environment: { auth } }) => {
      auth.tokens = { accessMinutes: 60, idMinutes: 1440, refreshDays: 1, rotateRefresh: true };
    },
    faults: ['environment.auth.tokens.refreshDays'],
    good: ({ environment: { auth } }) => {
      auth.tokens = { accessMinutes: 60, idMinutes: 1439, refreshDays: 1, rotateRefresh: true };
    },
  },
  'rotation of refresh tokens is part of the feature plan': {
    broken: ({ environment: { auth } }) => {
      auth.featurePlan = 'LITE';
      auth.signIn = ['password'];
    },
    faults: ['environment.auth.tokens.rotateRefresh'],
    good: ({ environment: { auth } }) => {
      auth.featurePlan = 'LITE';
      auth.signIn = ['password'];
      auth.tokens.rotateRefresh = false;
    },
  },
  'user migration has somebody to ask for passwords': {
    broken: ({ environment: { auth } }) => {
      auth.userMigration = { issuer: 'https://old.example.com', until: '2027-06-30', importedHashes: false };
    },
    faults: ['environment.auth.userMigration'],
    good: ({ environment: { auth } }) => {
      auth.userMigration = { issuer: 'https://old.example.com', until: '2027-06-30', importedHashes: true };
    },
  },
  'user migration can reach Supabase': {
    broken: ({ environment: { auth, network } }) => {
      network.egress = 'none';
      network.interfaceEndpoints = ['secretsmanager', 'lambda', 'cognito-idp', 'sqs'];
      auth.userMigration = {
        issuer: 'https://old.example.com',
        until: '2027-06-30',
        supabase: { url: 'https://old.example.com', secretName: 'landfall/supabase' },
        importedHashes: true,
      };
    },
    faults: ['environment.network.egress'],
    good: ({ environment: { auth, network } }) => {
      // The function needs no database then, and lives where the internet is.
      network.egress = 'none';
      network.interfaceEndpoints = ['secretsmanager', 'lambda', 'cognito-idp', 'sqs'];
      auth.userMigration = {
        issuer: 'https://old.example.com',
        until: '2027-06-30',
        supabase: { url: 'https://old.example.com', secretName: 'landfall/supabase' },
      };
    },
  },
  'a fully audited environment has what its audit asks for': {
    from: 'prod',
    broken: ({ environment }) => {
      environment.network.flowLogs = false;
      environment.api.waf = false;
      environment.storage.accessLogs = false;
      environment.storage.cdn.logging = false;
      environment.database.multiAz = false;
      environment.database.enhancedMonitoring = false;
      environment.cache.replicas = 0;
      environment.cache.snapshotDays = 14;
      environment.auth.featurePlan = 'ESSENTIALS';
      environment.auth.mfa = 'off';
    },
    faults: [
      'environment.network.flowLogs',
      'environment.api.waf',
      'environment.storage.accessLogs',
      'environment.storage.cdn.logging',
      'environment.database.multiAz',
      'environment.database.enhancedMonitoring',
      'environment.cache.replicas',
      'environment.cache.snapshotDays',
      'environment.auth.mfa',
    ],
    good: (configuration) => {
      external(configuration);
      configuration.blueprint.cache = 'none';
      configuration.environment.database.multiAz = false;
      configuration.environment.cache.replicas = 0;
    },
  },
  'somebody hears the alarms of a fully audited environment': {
    from: 'prod',
    broken: ({ environment: { monitoring } }) => {
      monitoring.emails = [];
    },
    faults: ['environment.monitoring.emails'],
    good: ({ environment: { monitoring } }) => {
      monitoring.emails = [];
      monitoring.slack = { workspaceId: 'T0123', criticalChannelId: 'C0123', warningChannelId: 'C0456' };
    },
  },
  'no list names the same thing twice': {
    broken: ({ environment, blueprint }) => {
      environment.auth.signIn = ['password', 'password'];
      blueprint.documentFormats = ['pdf', 'docx', 'pdf'];
      environment.storage.signingKeys = ['2026-11', '2026-11'];
    },
    faults: [
      'environment.storage.signingKeys[1]',
      'environment.auth.signIn[1]',
      'blueprint.documentFormats[2]',
    ],
    good: ({ environment, blueprint }) => {
      environment.storage.signingKeys = ['2027-02', '2026-11'];
      blueprint.documentFormats = ['docx', 'pdf'];
    },
  },
  'policies and providers are of the account that is deployed to': {
    broken: ({ environment }) => {
      environment.account = '111122223333';
      environment.permissionsBoundaryArn = 'arn:aws:iam::444455556666:policy/limits';
      environment.github = { ...github, providerArn: `arn:aws:iam::444455556666:${provider}` };
    },
    faults: ['environment.permissionsBoundaryArn', 'environment.github.providerArn'],
    good: ({ environment }) => {
      environment.account = '111122223333';
      environment.permissionsBoundaryArn = 'arn:aws:iam::111122223333:policy/teams/limits';
      environment.github = { ...github, providerArn: `arn:aws:iam::111122223333:${provider}` };
    },
  },
  'policies and providers are of the partition of the region': {
    broken: ({ environment }) => {
      environment.permissionsBoundaryArn = 'arn:aws-us-gov:iam::111122223333:policy/limits';
      environment.github = { ...github, providerArn: `arn:aws-cn:iam::111122223333:${provider}` };
    },
    faults: ['environment.permissionsBoundaryArn', 'environment.github.providerArn'],
    good: ({ environment }) => {
      environment.permissionsBoundaryArn = 'arn:aws:iam::111122223333:policy/limits';
      environment.github = { ...github };
    },
  },
  'policies know an environment by a name that CloudFormation does not cut': {
    broken: ({ environment }) => {
      environment.name = 'production-blue';
      environment.github = { ...github };
    },
    faults: ['environment.name'],
    good: ({ environment }) => {
      environment.name = 'productionblue';
      environment.github = { ...github };
    },
  },
};
