import type { EnvironmentConfig } from '../schema';

/** One team's shared sandbox: cheap at rest, gone without a trace when its stacks are deleted. */
export const dev: EnvironmentConfig = {
  name: 'dev',
  region: 'us-east-1',
  removal: 'destroy',
  terminationProtection: false,
  encryption: 'aws-managed',
  logRetentionDays: 14,
  audit: 'baseline',
  tags: { application: 'landfall', environment: 'dev' },
  network: {
    cidr: '10.0.0.0/16',
    publicSubnets: ['10.0.1.0/24', '10.0.2.0/24'],
    privateSubnets: ['10.0.10.0/24', '10.0.11.0/24'],
    // Free, where a NAT gateway is billed by the hour even when nobody works. Destinations need IPv6.
    egress: 'ipv6',
    interfaceEndpoints: [],
    flowLogs: false,
    databaseAccess: 'instance-connect',
  },
  database: {
    instanceClass: 't4g.micro',
    allocatedGiB: 20,
    maxAllocatedGiB: 100,
    multiAz: false,
    backupDays: 1,
    deletionProtection: false,
    proxy: false,
    enhancedMonitoring: false,
  },
  storage: {
    corsOrigins: ['http://localhost:3000', 'http://localhost:5173'],
    noncurrentDays: 7,
    accessLogs: false,
    cdn: { logging: false, priceClass: 'PriceClass_100' },
  },
  auth: {
    callbackUrls: ['http://localhost:3000/auth/callback', 'http://localhost:5173/auth/callback'],
    logoutUrls: ['http://localhost:3000/', 'http://localhost:5173/'],
    // No domain: a prefix is unique in a region across all accounts, so a shipped one would clash.
    featurePlan: 'ESSENTIALS',
    mfa: 'optional',
    deletionProtection: false,
    signIn: ['password', 'email-otp', 'passkey'],
    passkeyDomain: 'localhost',
    // Needs an address of yours that Amazon SES has verified; everything else works without.
    magicLink: {
      from: 'no-reply@example.com',
      application: 'Landfall',
      redirectUris: ['http://localhost:3000/auth/magic', 'http://localhost:5173/auth/magic'],
      minutes: 10,
      requestsPerHour: 60,
    },
    email: { provider: 'cognito' },
    tokens: { accessMinutes: 60, idMinutes: 60, refreshDays: 30, rotateRefresh: true },
    allowedEmailDomains: [],
    groups: ['admin'],
    identityProviders: [],
    waf: false,
    oidc: { issuer: 'https://issuer.example.com', audience: 'landfall' },
  },
  cache: { nodeType: 'cache.t4g.micro', replicas: 0, snapshotDays: 0 },
  api: {
    corsOrigins: ['http://localhost:3000', 'http://localhost:5173'],
    throttle: { ratePerSecond: 50, burst: 100 },
    waf: false,
    canary: 'all-at-once',
    databaseConnectionShare: 0.8,
  },
  documents: { maxBytes: 10 * 1024 ** 2, formats: ['pdf', 'docx'] },
  monitoring: { emails: [], budgetUsd: 100, dashboard: true },
};
