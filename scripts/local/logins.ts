/** Who may connect to the database and to the cache, by the IAM tokens that take the place of passwords. */
import { timingSafeEqual } from 'node:crypto';
import type { Authorizer } from './aws/authorization';
import type { AwsEndpoint } from './aws/endpoint';
import { isAllowed } from './aws/service-calls';
import { localAccountId } from './intrinsics';
import type { Declared } from './system';

export interface LoginsOptions {
  readonly region: string;
  readonly declared: Declared;
  readonly authorize: Authorizer;
  readonly verifyToken: AwsEndpoint['verifyToken'];
  /** `host:port` that tokens of the database are for. */
  readonly databaseHost: string;
}

/**
 * As RDS: the owner by password, everybody else by IAM token. Policies know a user by the resource id of what the
 * token is shown to: the proxy where there is one, which then shows the database a token of its own role.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html (2026-11)
 */
export async function admitToDatabase(
  { declared, region, authorize, verifyToken, databaseHost }: LoginsOptions,
  user: string,
  password: string,
): Promise<boolean> {
  const { database, databaseProxy: proxy } = declared;
  const owner = declared.databaseOwner?.();
  if (owner && user === owner.username) return sameText(password, owner.password);
  if (!database?.takesTokens) return false;
  const userOf = (resourceId: string) =>
    `arn:aws:rds-db:${region}:${localAccountId}:dbuser:${resourceId}/${user}`;
  const shownTo = userOf((proxy ?? database).resourceId);
  if (!(await verifyToken(user, password, 'rds', databaseHost, [shownTo]))) return false;
  if (proxy === undefined) return true;
  const call = { action: 'rds-db:connect', resource: userOf(database.resourceId) };
  return isAllowed(authorize, { ...call, principal: proxy.roleArn });
}

/**
 * The cache, and the user in it, are two resources to ask for; and the cache takes users of its groups alone.
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html (2026-11)
 */
export async function admitToCache(
  { declared, region, verifyToken }: LoginsOptions,
  user: string,
  password: string,
): Promise<boolean> {
  const { cache, cacheUserGroups } = declared;
  if (!cache?.userGroupIds.some((group) => cacheUserGroups.get(group)?.includes(user))) return false;
  const arn = (kind: string, name: string) =>
    `arn:aws:elasticache:${region}:${localAccountId}:${kind}:${name}`;
  const resources = [arn('replicationgroup', cache.id), arn('user', user)];
  return verifyToken(user, password, 'elasticache', cache.id, resources);
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
