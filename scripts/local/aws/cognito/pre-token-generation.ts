/** The PreTokenGeneration function: what it may change of the claims and groups of the tokens to come. */
import * as z from 'zod';
import type { Claims } from '../jwt';
import type { Client, User } from './records';
import { clientMetadata, eventAttributes, type Metadata, runTrigger } from './triggers';
import type { UserPool } from './user-pool';

/** What tokens are issued for. */
export type TokenSource =
  | 'TokenGeneration_Authentication'
  | 'TokenGeneration_NewPasswordChallenge'
  | 'TokenGeneration_HostedAuth'
  | 'TokenGeneration_RefreshTokens';

const answerSchema = z.object({
  claimsOverrideDetails: z
    .object({
      claimsToAddOrOverride: z.record(z.string(), z.string()).nullish(),
      claimsToSuppress: z.array(z.string()).nullish(),
      groupOverrideDetails: z.object({ groupsToOverride: z.array(z.string()).nullish() }).nullish(),
    })
    .nullish(),
});

/** What no function can change, because verifiers rely on it; Cognito drops such claims without a word. */
const FIXED_CLAIMS = [
  'acr',
  'amr',
  'at_hash',
  'aud',
  'auth_time',
  'azp',
  'cognito:username',
  'exp',
  'iat',
  'identities',
  'iss',
  'jti',
  'nbf',
  'nonce',
  'origin_jti',
  'sub',
  'token_use',
];

/** The most important group first, as its precedence says. */
function groupsOf(pool: UserPool, user: User): string[] {
  const precedence = (name: string) => pool.groups.get(name)?.precedence ?? Number.MAX_SAFE_INTEGER;
  return [...(user.groups ?? [])].sort((a, b) => precedence(a) - precedence(b) || a.localeCompare(b));
}

export interface Overrides {
  /** Of both tokens. */
  readonly groups: readonly string[];
  /** Event version 1 changes the ID token alone. */
  readonly override: (idClaims: Claims) => Claims;
}

export async function readOverrides(
  pool: UserPool,
  client: Client,
  user: User,
  source: TokenSource,
  metadata: Metadata,
): Promise<Overrides> {
  const groups = groupsOf(pool, user);
  const answer = await runTrigger(pool, {
    trigger: 'PreTokenGeneration',
    source,
    clientId: client.id,
    userName: user.username,
    request: {
      userAttributes: eventAttributes(user),
      groupConfiguration: { groupsToOverride: groups, iamRolesToOverride: [], preferredRole: null },
      ...clientMetadata(metadata),
    },
    response: { claimsOverrideDetails: null },
    answer: answerSchema,
  });
  const { claimsToAddOrOverride, claimsToSuppress, groupOverrideDetails } =
    answer?.claimsOverrideDetails ?? {};
  const changeable = (name: string) => !FIXED_CLAIMS.includes(name);
  const added = Object.entries(claimsToAddOrOverride ?? {}).filter(([name]) => changeable(name));
  const suppressed = (claimsToSuppress ?? []).filter(changeable);
  return {
    groups: groupOverrideDetails?.groupsToOverride ?? groups,
    // A claim that is both added and suppressed is suppressed.
    override: (claims) =>
      Object.fromEntries(
        [...Object.entries(claims), ...added].filter(([name]) => !suppressed.includes(name)),
      ),
  };
}
