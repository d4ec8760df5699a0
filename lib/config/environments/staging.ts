import type { EnvironmentConfig } from '../schema';

/**
 * The rehearsal: what production runs in shape (proxy, WAF, gradual deployments, protected data), smaller
 * in size, so that a pinned proxy connection or a blocked request shows up here first.
 */
export const staging: EnvironmentConfig = {
  name: 'staging',
  region: 'us-east-1',
  removal: 'snapshot',
  terminationProtection: true,
  encryption: 'aws-managed',
  logRetentionDays: 30,
  audit: 'baseline',
  tags: { application: 'landfall', environment: 'staging' },
  network: {
    cidr: '10.1.0.0/16',
    publicSubnets: ['10.1.1.0/24', '10.1.2.0/24'],
    privateSubnets: ['10.1.10.0/24', '10.1.11.0/24'],
    egress: 'nat-instance',
    interfaceEndpoints: [],
    flowLogs: true,
    databaseAccess: 'instance-connect',
  },
  database: {
    instanceClass: 't4g.small',
    allocatedGiB: 20,
    maxAllocatedGiB: 100,
    multiAz: false,
    backupDays: 7,
    deletionProtection: true,
    proxy: true,
    enhancedMonitoring: true,
  },
  storage: {
    corsOrigins: ['https://staging.example.com'],
    noncurrentDays: 30,
    accessLogs: true,
    cdn: { logging: true, priceClass: 'PriceClass_100' },
  },
  auth: {
    callbackUrls: ['https://staging.example.com/auth/callback'],
    logoutUrls: ['https://staging.example.com/'],
    featurePlan: 'ESSENTIALS',
    mfa: 'optional',
    deletionProtection: true,
    signIn: ['password', 'email-otp', 'passkey'],
    passkeyDomain: 'staging.example.com',
    magicLink: {
      from: 'no-reply@example.com',
      application: 'Landfall',
      redirectUris: ['https://staging.example.com/auth/magic'],
      minutes: 10,
      requestsPerHour: 30,
    },
    email: { provider: 'ses', from: 'no-reply@example.com' },
    tokens: { accessMinutes: 60, idMinutes: 60, refreshDays: 30, rotateRefresh: true },
    allowedEmailDomains: [],
    groups: ['admin'],
    identityProviders: [],
    waf: true,
    oidc: { issuer: 'https://issuer.example.com', audience: 'landfall' },
  },
  cache: { nodeType: 'cache.t4g.micro', replicas: 0, snapshotDays: 1 },
  api: {
    corsOrigins: ['https://staging.example.com'],
    throttle: { ratePerSecond: 50, burst: 100 },
    waf: true,
    canary: 'canary-10-percent-5-minutes',
    databaseConnectionShare: 0.8,
  },
  documents: { maxBytes: 10 * 1024 ** 2, formats: ['pdf', 'docx'] },
  monitoring: { emails: ['alarms@example.com'], budgetUsd: 200, dashboard: true },
};
