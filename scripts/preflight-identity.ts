import type { Configuration } from '../lib/config/load';
import { parseMailbox } from '../lib/config/mailbox';
import type { Obstacle } from './obstacle';

export interface IdentityDependencies {
  /** Whether SES has verified an address or domain; rejects when that cannot be read. */
  readonly mailIdentityVerified: (region: string, identity: string) => Promise<boolean>;
  /** Whether SES delivers to anybody, and not to verified addresses only; rejects when that cannot be read. */
  readonly mailsToAnybody: (region: string) => Promise<boolean>;
  /** Whether Secrets Manager has a secret of that name; rejects when that cannot be read. */
  readonly secretExists: (region: string, name: string) => Promise<boolean>;
  readonly log: (line: string) => void;
}

/** Looks for what the user pool needs and no template can make: verified senders, and secrets of others. */
export async function identity(
  deps: IdentityDependencies,
  configuration: Configuration,
): Promise<readonly Obstacle[]> {
  if (configuration.blueprint.identity !== 'cognito') return [];
  const [pool, links, secrets] = await Promise.all([
    poolMail(deps, configuration),
    linkMail(deps, configuration),
    missingSecrets(deps, configuration),
  ]);
  // The stacks are created all the same, and every other way to sign in works.
  for (const { what, fix } of links) deps.log(`${what} Nobody gets a magic link until then.\n  fix: ${fix}`);
  return [...pool, ...secrets];
}

/** Cognito refuses a pool whose sender is not verified, and one in the sandbox would reach no user. */
async function poolMail(deps: IdentityDependencies, { environment }: Configuration) {
  const { email } = environment.auth;
  if (email.provider === 'cognito') return [];
  const region = email.region ?? environment.region;
  return mail(deps, region, [parseMailbox(email.from).domain]);
}

async function linkMail(deps: IdentityDependencies, { environment }: Configuration) {
  if (!environment.auth.magicLink) return [];
  const { address, domain } = parseMailbox(environment.auth.magicLink.from);
  return mail(deps, environment.region, [domain, address]);
}

/** @param identities one of which has to be verified, the recommended one first */
async function mail(
  deps: IdentityDependencies,
  region: string,
  identities: readonly [string, ...string[]],
): Promise<readonly Obstacle[]> {
  const answers = await Promise.all([
    Promise.all(identities.map((name) => deps.mailIdentityVerified(region, name))),
    deps.mailsToAnybody(region),
  ]).catch((error: Error) => error);
  if (answers instanceof Error) {
    deps.log(`Could not ask Amazon SES in ${region}, going on: ${answers.message}`);
    return [];
  }
  const [verified, anybody] = answers;
  return [
    ...(verified.includes(true)
      ? []
      : [
          {
            what: `Amazon SES in ${region} has not verified ${identities.join(' or ')}.`,
            fix: `aws sesv2 create-email-identity --email-identity ${identities[0]} --region ${region}, then add the DNS records it answers with.`,
          },
        ]),
    ...(anybody
      ? []
      : [
          {
            what: `Amazon SES in ${region} is in its sandbox: it delivers to verified addresses only.`,
            fix: `Request production access: https://console.aws.amazon.com/ses/home?region=${region}#/get-set-up`,
          },
        ]),
  ];
}

async function missingSecrets(
  deps: IdentityDependencies,
  { environment: { region, auth } }: Configuration,
): Promise<readonly Obstacle[]> {
  const { supabase } = auth.userMigration ?? {};
  const named = [
    ...auth.identityProviders.flatMap((provider, index) =>
      'secretName' in provider
        ? [{ path: `auth.identityProviders[${index}]`, name: provider.secretName, key: 'clientSecret' }]
        : [],
    ),
    ...(supabase
      ? [{ path: 'auth.userMigration.supabase', name: supabase.secretName, key: 'serviceRoleKey' }]
      : []),
  ];
  const obstacles = await Promise.all(
    named.map(async ({ path, name, key }): Promise<readonly Obstacle[]> => {
      const exists = await deps.secretExists(region, name).catch((error: Error) => error);
      if (exists instanceof Error) {
        deps.log(`Could not look for the secret ${name}, going on: ${exists.message}`);
        return [];
      }
      if (exists) return [];
      return [
        {
          what: `There is no secret ${name} in ${region}, which ${path} names.`,
          fix: `aws secretsmanager create-secret --name ${name} --region ${region} --secret-string file://<a file with {"${key}": "..."}>`,
        },
      ];
    }),
  );
  return obstacles.flat();
}
