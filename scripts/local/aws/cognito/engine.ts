/** Cognito user pools of the templates; also the door through which the local runtime makes its example user. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { AwsError } from '../errors';
import type { Grant } from '../json-service';
import { type Jwk, publicJwk } from '../jwt';
import { adminCreateUser } from './admin-accounts';
import { readClient } from './client-settings';
import { setPassword } from './new-users';
import type { Client, Group, PoolContext, User } from './records';
import { readPool } from './settings';
import { SignIn } from './sign-in';
import { type AuthenticationResult, holderOfAccessToken, startSession } from './tokens';
import { UserPool } from './user-pool';

export type { Mail, PoolContext } from './records';

/** Letters and digits that follow from `seed`, so that an id survives restarts and `--fresh`. */
function stableId(seed: string, alphabet: string, length: number): string {
  const bytes = createHash('sha512').update(seed).digest();
  return Array.from({ length }, (_, i) => alphabet[(bytes[i] as number) % alphabet.length]).join('');
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';

export interface PoolDeclaration {
  /** What the pool's id follows from, for example the construct's path or `stack/logicalId`. */
  readonly key: string;
  /** Resolved properties of the AWS::Cognito::UserPool. @default none */
  readonly properties?: unknown;
}

export interface ClientDeclaration extends PoolDeclaration {
  readonly poolId: string;
}

export class CognitoEngine {
  private readonly pools = new Map<string, UserPool>();
  readonly signIns = new SignIn();

  private constructor(
    private readonly directory: string,
    readonly context: PoolContext,
  ) {}

  static async open(directory: string, context: PoolContext): Promise<CognitoEngine> {
    return new CognitoEngine(directory, context);
  }

  poolIdOf(key: string): string {
    return `${this.context.region}_${stableId(`pool ${key}`, LOWER.toUpperCase() + LOWER + DIGITS, 9)}`;
  }

  clientIdOf(key: string): string {
    return stableId(`client ${key}`, LOWER + DIGITS, 26);
  }

  /**
   * Creates the pool, or opens it with the users it has.
   * @throws Error naming properties that cannot be honoured locally
   */
  async createUserPool({
    key,
    properties = {},
  }: PoolDeclaration): Promise<{ id: string; arn: string; providerName: string; providerUrl: string }> {
    const settings = readPool(key, properties);
    const id = this.poolIdOf(key);
    const existing = this.pools.get(id);
    if (existing) existing.settings = settings;
    const pool =
      existing ?? (await UserPool.open(id, path.join(this.directory, `${id}.jsonl`), this.context, settings));
    this.pools.set(id, pool);
    const providerUrl = pool.issuer;
    return { id, arn: pool.arn, providerName: providerUrl.slice('https://'.length), providerUrl };
  }

  /** @throws Error naming properties that cannot be honoured locally */
  async createClient({
    key,
    poolId,
    properties = {},
  }: ClientDeclaration): Promise<{ id: string; secret: string | undefined }> {
    const { id, secret } = await this.pool(poolId).declareClient(
      this.clientIdOf(key),
      readClient(key, properties),
    );
    return { id, secret };
  }

  /** Makes sure of a group, as the template declares it. */
  async createGroup(poolId: string, group: Omit<Group, 'created' | 'modified'>): Promise<void> {
    await this.pool(poolId).declareGroup(group);
  }

  listPools(): UserPool[] {
    return [...this.pools.values()];
  }

  /** @throws AwsError ResourceNotFoundException */
  pool(id: string): UserPool {
    const pool = this.pools.get(id);
    if (!pool) throw new AwsError('ResourceNotFoundException', `User pool ${id} does not exist.`);
    return pool;
  }

  /** @throws AwsError ResourceNotFoundException */
  client(id: string): { pool: UserPool; client: Client } {
    for (const pool of this.pools.values()) {
      const client = pool.clients.get(id);
      if (client) return { pool, client };
    }
    throw new AwsError('ResourceNotFoundException', `User pool client ${id} does not exist.`);
  }

  poolUser(poolId: string, name: string): { pool: UserPool; user: User } {
    const pool = this.pool(poolId);
    const user = pool.find(name);
    if (!user) throw new AwsError('UserNotFoundException', 'User does not exist.');
    return { pool, user };
  }

  /** The holder of an access token. @throws AwsError NotAuthorizedException */
  holder(token: string): { readonly pool: UserPool; readonly user: User; readonly client: Client } {
    const pool = this.listPools().find(({ issuer }) => issuer === unverifiedIssuer(token));
    if (!pool) throw new AwsError('NotAuthorizedException', 'Invalid Access Token');
    return { pool, ...holderOfAccessToken(pool, token) };
  }

  /** What an administrator needs for an operation on a pool. */
  grantOn(action: string): (input: { UserPoolId: string }) => Grant {
    return ({ UserPoolId }) => ({
      action: `cognito-idp:${action}`,
      resource: this.pool(UserPoolId).arn,
    });
  }

  /** Makes sure of a user who can sign in with this password; the example user of the local runtime. */
  async adminCreateConfirmedUser({
    poolId,
    email,
    password,
  }: {
    poolId: string;
    email: string;
    password: string;
  }): Promise<{ sub: string }> {
    const pool = this.pool(poolId);
    const attributes = [
      { Name: 'email', Value: email },
      { Name: 'email_verified', Value: 'true' },
    ];
    const user =
      pool.find(email) ?? (await adminCreateUser(pool, email, attributes, { password, message: 'suppress' }));
    await setPassword(pool, user, password, 'CONFIRMED');
    return { sub: user.sub };
  }

  /** Tokens of a user without asking for the password: for the runtime's own console and tests, never over HTTP. */
  async signIn({ clientId, email }: { clientId: string; email: string }): Promise<AuthenticationResult> {
    const { pool, client } = this.client(clientId);
    const user = pool.find(email);
    if (!user) throw new AwsError('UserNotFoundException', 'User does not exist.');
    return startSession(pool, client, user);
  }

  jwks(poolId: string): { keys: Jwk[] } {
    return { keys: this.pool(poolId).keys.map(publicJwk) };
  }
}

function unverifiedIssuer(token: string): string | undefined {
  try {
    const { iss } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      iss?: string;
    };
    return iss;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
