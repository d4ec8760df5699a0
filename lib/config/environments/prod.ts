import type { EnvironmentConfig } from '../schema';

/** Production: nothing stateful is lost to a mistake, one availability zone may fail, everything is logged. */
export const prod: EnvironmentConfig = {
  name: 'prod',
  region: 'us-east-1',
  removal: 'retain',
  terminationProtection: true,
  encryption: 'customer-managed',
  logRetentionDays: 365,
  audit: 'full',
  tags: { application: 'landfall', environment: 'prod' },
  network: {
    cidr: '10.2.0.0/16',
    publicSubnets: ['10.2.1.0/24', '10.2.2.0/24'],
    privateSubnets: ['10.2.10.0/24', '10.2.11.0/24'],
    egress: 'nat-gateway',
    // Credentials of the database never cross the internet gateway, and outlive an outage of the NAT.
    interfaceEndpoints: ['secretsmanager'],
    flowLogs: true,
    databaseAccess: 'instance-connect',
  },
  database: {
    instanceClass: 't4g.medium',
    allocatedGiB: 20,
    maxAllocatedGiB: 200,
    multiAz: true,
    backupDays: 14,
    deletionProtection: true,
    proxy: true,
    enhancedMonitoring: true,
  },
  storage: {
    corsOrigins: ['https://app.example.com'],
    noncurrentDays: 90,
    accessLogs: true,
    cdn: { logging: true, priceClass: 'PriceClass_All' },
  },
  auth: {
    callbackUrls: ['https://app.example.com/auth/callback'],
    logoutUrls: ['https://app.example.com/'],
    // PLUS is the only plan with threat protection; MFA stays the user's choice, and risk can demand it.
    featurePlan: 'PLUS',
    mfa: 'optional',
    deletionProtection: true,
    signIn: ['password', 'email-otp', 'passkey'],
    passkeyDomain: 'app.example.com',
    magicLink: {
      from: 'no-reply@example.com',
      application: 'Landfall',
      redirectUris: ['https://app.example.com/auth/magic'],
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
  // 15 days of snapshots is what the NIST 800-53 pack accepts.
  cache: { nodeType: 'cache.t4g.small', replicas: 1, snapshotDays: 15 },
  api: {
    corsOrigins: ['https://app.example.com'],
    throttle: { ratePerSecond: 200, burst: 400 },
    waf: true,
    canary: 'canary-10-percent-5-minutes',
    databaseConnectionShare: 0.8,
  },
  documents: { maxBytes: 10 * 1024 ** 2, formats: ['pdf', 'docx'] },
  monitoring: { emails: ['alarms@example.com'], budgetUsd: 600, dashboard: true },
};
