/** The user pool: makes a user what the old system says, and says what it found. */
import { randomBytes } from 'node:crypto';
import type {
  AttributeType,
  CognitoIdentityProviderClient,
  UserStatusType,
} from '@aws-sdk/client-cognito-identity-provider';
import { reasonOf } from '../failures';
import { Pace } from '../pace';
import { retry } from '../retry';
import { failureOfAll, isTemporary, isThrottling, refusal } from './pool-failures';
import type { SourceUser } from './user';

export type PoolAnswer =
  | { readonly outcome: 'created' | 'existing'; readonly subject: string }
  | { readonly outcome: 'failed'; readonly reason: string };

export interface PoolOptions {
  readonly poolId: string;
  readonly sourceIssuer: string;
  /** Calls a second, of each kind; each has a quota of its own. */
  readonly perSecond: number;
  readonly interrupted: AbortSignal;
  readonly log: (line: string) => void;
  /** Milliseconds before the first of growing waits. @default 200 */
  readonly retryBaseMs?: number;
}

interface PoolUser {
  readonly username: string;
  readonly subject: string;
  readonly status: UserStatusType | undefined;
  readonly enabled: boolean;
  readonly attributes: ReadonlyMap<string, string>;
}

const legacyIssuer = 'custom:legacy_issuer';
const legacySubject = 'custom:legacy_subject';

type Sdk = typeof import('@aws-sdk/client-cognito-identity-provider');

export class Pool {
  readonly #paces = new Map<string, Pace>();
  #lastThrottled = 0;

  private constructor(
    private readonly sdk: Sdk,
    private readonly client: CognitoIdentityProviderClient,
    private readonly options: PoolOptions,
  ) {}

  /** Credentials and endpoint come from the environment, as for every AWS client. */
  static async open(options: PoolOptions): Promise<Pool> {
    const sdk = await import('@aws-sdk/client-cognito-identity-provider');
    const client = new sdk.CognitoIdentityProviderClient({
      region: regionOf(options.poolId),
      // Repeated here instead, at the pace that all calls share.
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000 },
    });
    return new Pool(sdk, client, options);
  }

  close(): void {
    this.client.destroy();
  }

  /**
   * Makes sure of the user: created without a mail, disabled when banned, never with a password that anybody
   * knows. One that exists already is compared, and finished when an earlier run was stopped half-way.
   *
   * @param knownSubject of the user in the pool, when an earlier run has linked it
   * @throws Error when no other user would fare better
   */
  async ensure(user: SourceUser, knownSubject: string | undefined): Promise<PoolAnswer> {
    try {
      const linked = knownSubject === undefined ? undefined : await this.#get(knownSubject);
      if (linked) return await this.#adopt(user, linked);
      const created = await this.#create(user);
      if (created) {
        await this.#finish(user, created);
        return { outcome: 'created', subject: created.subject };
      }
      const existing = await this.#get(user.email ?? '');
      return existing
        ? await this.#adopt(user, existing)
        : { outcome: 'failed', reason: 'the pool has the e-mail but does not find its user' };
    } catch (error) {
      return refusal(error);
    }
  }

  /** What `ensure` would answer, without writing: undefined where it would create the user. */
  async find(user: SourceUser): Promise<PoolAnswer | undefined> {
    const existing = await this.#get(user.email ?? '');
    return existing && this.#compare(user, existing);
  }

  /** @returns undefined when there is a user with this e-mail */
  async #create(user: SourceUser): Promise<PoolUser | undefined> {
    const { poolId, sourceIssuer } = this.options;
    const attributes: AttributeType[] = [
      { Name: 'email', Value: user.email },
      { Name: 'email_verified', Value: String(user.confirmed) },
      ...(user.name === undefined ? [] : [{ Name: 'name', Value: user.name }]),
      { Name: legacyIssuer, Value: sourceIssuer },
      { Name: legacySubject, Value: user.id },
    ];
    const command = new this.sdk.AdminCreateUserCommand({
      UserPoolId: poolId,
      Username: user.email,
      UserAttributes: attributes,
      // No welcome mail: the user has not asked for anything.
      MessageAction: 'SUPPRESS',
    });
    try {
      const { User } = await this.#call('AdminCreateUser', () => this.client.send(command));
      return poolUser({ ...User, UserAttributes: User?.Attributes });
    } catch (error) {
      if ((error as Error).name === 'UsernameExistsException') return undefined;
      throw error;
    }
  }

  async #get(username: string): Promise<PoolUser | undefined> {
    const command = new this.sdk.AdminGetUserCommand({
      UserPoolId: this.options.poolId,
      Username: username,
    });
    try {
      return poolUser(await this.#call('AdminGetUser', () => this.client.send(command)));
    } catch (error) {
      if ((error as Error).name === 'UserNotFoundException') return undefined;
      throw error;
    }
  }

  async #adopt(user: SourceUser, found: PoolUser): Promise<PoolAnswer> {
    const answer = this.#compare(user, found);
    if (answer.outcome === 'existing') await this.#finish(user, found);
    return answer;
  }

  #compare(user: SourceUser, { attributes, subject }: PoolUser): PoolAnswer {
    const failed = (reason: string): PoolAnswer => ({ outcome: 'failed', reason });
    const [issuer, id] = [attributes.get(legacyIssuer), attributes.get(legacySubject)];
    if (id !== undefined || issuer !== undefined) {
      if (issuer !== this.options.sourceIssuer || id !== user.id)
        return failed('the pool has this e-mail for another account of an old system');
    } else if (!user.confirmed || attributes.get('email_verified') !== 'true') {
      // Somebody who registers an address that is not theirs must not get the data of its owner, on either side.
      return failed(
        'the pool has this e-mail already, and it is not proven on both sides to be the same person',
      );
    }
    if (attributes.get('email')?.toLowerCase() !== user.email?.toLowerCase())
      return failed('the pool has this user with another e-mail; change it on one side');
    return { outcome: 'existing', subject };
  }

  /** The steps after creation; each is repeated only where it has not been done. */
  async #finish(user: SourceUser, found: PoolUser): Promise<void> {
    const target = { UserPoolId: this.options.poolId, Username: found.username };
    if (user.banned && found.enabled) {
      const disable = new this.sdk.AdminDisableUserCommand(target);
      await this.#call('AdminDisableUser', () => this.client.send(disable), 'finishing');
    }
    // Only of users that this migration has created: a temporary password may be somebody's invitation.
    if (found.status === 'FORCE_CHANGE_PASSWORD' && found.attributes.has(legacySubject)) {
      const confirm = new this.sdk.AdminSetUserPasswordCommand({
        ...target,
        Password: unknownPassword(),
        Permanent: true,
      });
      await this.#call('AdminSetUserPassword', () => this.client.send(confirm), 'finishing');
    }
  }

  /**
   * @param when `finishing`: an interruption does not keep it from its turn, only from trying again
   * @throws Error when no other user would fare better, else what Cognito says of this one
   */
  async #call<T>(
    operation: string,
    send: () => Promise<T>,
    when: 'beginning' | 'finishing' = 'beginning',
  ): Promise<T> {
    const { interrupted, retryBaseMs, perSecond } = this.options;
    const pace = this.#paces.get(operation) ?? new Pace(perSecond);
    this.#paces.set(operation, pace);
    try {
      return await retry(
        async () => {
          await pace.turn(when === 'beginning' ? interrupted : undefined);
          return send();
        },
        {
          interrupted,
          ...(retryBaseMs === undefined ? {} : { baseMs: retryBaseMs }),
          retryable: isTemporary,
          onRetry: (error, waitMs) => {
            // The quota is the account's: every other caller would be refused as well.
            if (isThrottling(error)) pace.pause(waitMs);
            this.#logRetry(operation, error);
          },
        },
      );
    } catch (error) {
      throw failureOfAll(error, operation, this.options.poolId) ?? error;
    }
  }

  /** Once a second at most: many callers are refused at the same time. */
  #logRetry(operation: string, error: unknown): void {
    const now = Date.now();
    if (now - this.#lastThrottled < 1000) return;
    this.#lastThrottled = now;
    this.options.log(`${operation}: ${(error as Error).name}: ${reasonOf(error)}; trying again`);
  }
}

const regionOf = (poolId: string): string => poolId.slice(0, poolId.indexOf('_'));

/** As it is in the pool's tokens. */
export function issuerOf(poolId: string): string {
  const region = regionOf(poolId);
  return `https://cognito-idp.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/${poolId}`;
}

function poolUser(answer: {
  readonly Username?: string | undefined;
  readonly UserStatus?: UserStatusType | undefined;
  readonly Enabled?: boolean | undefined;
  readonly UserAttributes?: readonly AttributeType[] | undefined;
}): PoolUser {
  const attributes = new Map(
    (answer.UserAttributes ?? []).map(({ Name = '', Value = '' }) => [Name, Value] as const),
  );
  const subject = attributes.get('sub');
  if (!answer.Username || !subject) throw new Error('Cognito answered a user without its username and sub.');
  return {
    username: answer.Username,
    subject,
    status: answer.UserStatus,
    enabled: answer.Enabled ?? true,
    attributes,
  };
}

/** Nobody knows it and nobody keeps it. Long and mixed enough for any password policy: at most 99 are required. */
function unknownPassword(): string {
  return `Aa1!${randomBytes(90).toString('base64url')}`;
}
