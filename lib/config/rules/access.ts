import { show } from '../fault';
import type { EnvironmentConfig } from '../schema';
import type { Rule } from './rule';

const origins = (environment: EnvironmentConfig) =>
  [
    ['environment.api.corsOrigins', environment.api.corsOrigins] as const,
    ['environment.storage.corsOrigins', environment.storage.corsOrigins] as const,
  ].flatMap(([path, list]) => list.map((url, index) => ({ path: `${path}[${index}]`, url })));

const signInUrls = (environment: EnvironmentConfig) =>
  [
    ['environment.auth.callbackUrls', environment.auth.callbackUrls] as const,
    ['environment.auth.logoutUrls', environment.auth.logoutUrls] as const,
    ['environment.auth.magicLink.redirectUris', environment.auth.magicLink?.redirectUris ?? []] as const,
  ].flatMap(([path, list]) => list.map((url, index) => ({ path: `${path}[${index}]`, url })));

const signInPaths = [
  'environment.auth.callbackUrls',
  'environment.auth.logoutUrls',
  'environment.auth.magicLink',
];
const reads = ['environment.api.corsOrigins', 'environment.storage.corsOrigins', ...signInPaths];

const isLocal = (url: string) => ['localhost', '127.0.0.1'].includes(new URL(url).hostname);

export const accessRules: readonly Rule[] = [
  {
    rule: 'plain http is for localhost only',
    reads,
    check: ({ environment }) =>
      [...origins(environment), ...signInUrls(environment)]
        .filter(({ url }) => new URL(url).protocol === 'http:' && !isLocal(url))
        .map(({ path, url }) => ({
          path,
          found: show(url),
          expected: 'https: over http, anybody on the way reads the token',
          fix: `Write ${url.replace(/^http:/, 'https:')}.`,
        })),
  },
  {
    // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
    rule: 'a sign-in URL carries no fragment',
    reads: signInPaths,
    check: ({ environment }) =>
      signInUrls(environment)
        .filter(({ url }) => url.includes('#'))
        .map(({ path, url }) => ({
          path,
          found: show(url),
          expected:
            'a URL without #: Cognito refuses fragments, and the token of a magic link goes into them',
          fix: `Write ${url.replace(/#.*$/, '')}.`,
        })),
  },
  {
    rule: 'a fully audited environment does not trust localhost',
    reads: ['environment.audit', ...reads],
    check: ({ environment }) => {
      if (environment.audit !== 'full') return [];
      return [...origins(environment), ...signInUrls(environment)]
        .filter(({ url }) => isLocal(url))
        .map(({ path, url }) => ({
          path,
          found: `${show(url)}, with audit "full"`,
          expected:
            'an address of the deployed application: whatever runs on a laptop could use the tokens of real users',
          fix: 'Remove the entry; develop against an environment with audit "baseline".',
        }));
    },
  },
  {
    rule: 'threat protection can ask for a second factor',
    reads: ['environment.auth.featurePlan', 'environment.auth.mfa'],
    check: ({ environment: { auth } }) => {
      if (auth.featurePlan !== 'PLUS' || auth.mfa !== 'off') return [];
      return [
        {
          path: 'environment.auth.mfa',
          found: '"off", with featurePlan "PLUS"',
          expected:
            '"optional" or "required": the answer of threat protection to a risky sign-in is a second factor',
          fix: 'Set environment.auth.mfa to "optional", or environment.auth.featurePlan to "ESSENTIALS".',
        },
      ];
    },
  },
  {
    rule: 'a fully audited environment lets no client send a password',
    reads: ['environment.audit', 'environment.auth.passwordSignIn', 'environment.auth.userMigration'],
    check: ({ environment: { audit, auth } }) => {
      // Users who move can only be checked by their password, and that has an end: the date in `until`.
      if (audit !== 'full' || !auth.passwordSignIn || auth.userMigration) return [];
      return [
        {
          path: 'environment.auth.passwordSignIn',
          found: 'true, with audit "full"',
          expected: 'false: SRP proves a password without sending it, and this switch gives that up',
          fix: 'Remove environment.auth.passwordSignIn; a tool without SRP can sign in to an environment with audit "baseline".',
        },
      ];
    },
  },
];
