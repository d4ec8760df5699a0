import type { EnvironmentConfig } from '../schema';

/**
 * What `npm start` runs on a laptop. It is never deployed, but it stays deployable, so that the local
 * runtime exercises the same templates as AWS.
 */
export const local: EnvironmentConfig = {
  name: 'local',
  region: 'us-east-1',
  removal: 'destroy',
  terminationProtection: false,
  // As production, so that what works here has the grants for the keys there.
  encryption: 'customer-managed',
  logRetentionDays: 7,
  audit: 'baseline',
  tags: { application: 'landfall', environment: 'local' },
  network: {
    cidr: '10.0.0.0/16',
    publicSubnets: ['10.0.1.0/24', '10.0.2.0/24'],
    privateSubnets: ['10.0.10.0/24', '10.0.11.0/24'],
    egress: 'ipv6',
    interfaceEndpoints: [],
    flowLogs: false,
    databaseAccess: 'none',
  },
  database: {
    instanceClass: 't4g.micro',
    allocatedGiB: 20,
    maxAllocatedGiB: 40,
    multiAz: false,
    backupDays: 1,
    deletionProtection: false,
    proxy: false,
    enhancedMonitoring: false,
  },
  storage: {
    // 4000 is the API reference page of the local runtime, which uploads like any browser application.
    corsOrigins: ['http://localhost:3000', 'http://localhost:4000', 'http://localhost:5173'],
    noncurrentDays: 1,
    accessLogs: false,
    cdn: { logging: false, priceClass: 'PriceClass_100' },
    signingKeys: ['2026-11'],
    malwareProtection: false,
  },
  auth: {
    callbackUrls: ['http://localhost:3000/auth/callback', 'http://localhost:5173/auth/callback'],
    logoutUrls: ['http://localhost:3000/', 'http://localhost:5173/'],
    domain: { prefix: 'landfall-local' },
    featurePlan: 'ESSENTIALS',
    mfa: 'optional',
    deletionProtection: false,
    passwordSignIn: true,
    signIn: ['password', 'email-otp', 'passkey'],
    passkeyDomain: 'localhost',
    magicLink: {
      from: 'Landfall <no-reply@landfall.test>',
      application: 'Landfall',
      redirectUris: ['http://localhost:3000/auth/magic', 'http://localhost:5173/auth/magic'],
      minutes: 10,
      // Whoever develops signs in again and again, and always from the same address.
      requestsPerHour: 1000,
    },
    email: { provider: 'ses', from: 'Landfall <no-reply@landfall.test>' },
    tokens: { accessMinutes: 60, idMinutes: 60, refreshDays: 30, rotateRefresh: true },
    allowedEmailDomains: [],
    groups: ['admin'],
    identityProviders: [],
    waf: false,
    // The issuer that the local runtime starts when a blueprint says `identity: oidc`.
    oidc: { issuer: 'https://localhost:4004', audience: 'landfall' },
  },
  cache: { nodeType: 'cache.t4g.micro', replicas: 0, snapshotDays: 0 },
  api: {
    corsOrigins: ['http://localhost:3000', 'http://localhost:4000', 'http://localhost:5173'],
    throttle: { ratePerSecond: 100, burst: 200 },
    waf: false,
    canary: 'all-at-once',
    databaseConnectionShare: 0.8,
  },
  documents: { maxBytes: 10 * 1024 ** 2 },
  photos: { maxBytes: 15 * 1024 ** 2, maxMegapixels: 50, maxPerUser: 20 },
  resumes: {
    maxBytes: 10 * 1024 ** 2,
    maxArchiveBytes: 500 * 1024 ** 2,
    maxArchiveEntries: 500,
    retentionDays: 90,
  },
  monitoring: { emails: [], budgetUsd: 10, dashboard: true },
};
