/** One user pool: its users, sessions, groups and keys in memory, and every change in its journal. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { AwsError } from '../errors';
import { type Entry, Journal } from '../journal';
import { createKey, loadKey, type SigningKey, type StoredKey, storeKey } from '../jwt';
import { sameText } from '../sigv4';
import type { ClientSettings } from './client-settings';
import { Lockouts } from './lockouts';
import type { Client, Group, PoolContext, Session, User } from './records';
import { Sessions } from './sessions';
import type { PoolSettings } from './settings';
import { createVerifier, type SrpVerifier } from './srp';
import { Users } from './users';

export const digest = (text: string): string => createHash('sha256').update(text).digest('base64');

/** What a change of a user may set. */
export type UserChanges = Partial<Omit<User, 'order' | 'username' | 'sub' | 'created' | 'modified'>>;

/** Flows in which a password is proven by SRP. */
const SRP_FLOWS = ['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_AUTH', 'ALLOW_CUSTOM_AUTH'];

export class UserPool {
  readonly clients = new Map<string, Client>();
  /** Address of the pool's sign-in pages, without a slash at its end. @default the pool has no domain */
  domain: string | undefined;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly groups: Map<string, Group>;
  readonly lockouts: Lockouts;
  private readonly secrets: Map<string, string>;

  private constructor(
    readonly id: string,
    readonly context: PoolContext,
    public settings: PoolSettings,
    private readonly journal: Journal,
    stored: Stored,
    /** The first signs ID tokens, the second access tokens, as Cognito has two. */
    readonly keys: readonly [SigningKey, SigningKey],
  ) {
    this.users = stored.users;
    this.sessions = stored.sessions;
    this.groups = stored.groups;
    this.secrets = stored.secrets;
    this.lockouts = new Lockouts(() => this.now());
  }

  static async open(
    id: string,
    file: string,
    context: PoolContext,
    settings: PoolSettings,
  ): Promise<UserPool> {
    const stored = new Stored();
    const journal = await Journal.open(file, (entry) => stored.take(entry));
    const [first, second] = stored.keys?.map(loadKey) ?? (await Promise.all([createKey(), createKey()]));
    if (!first || !second) throw new Error(`${file} lacks its signing keys. Start over with --fresh.`);
    const pool = new UserPool(id, context, settings, journal, stored, [first, second]);
    if (!stored.keys) await journal.append(pool.keysEntry());
    await pool.compact();
    return pool;
  }

  /** Rewrites the journal when most of it is superseded. */
  private async compact(): Promise<void> {
    for (const { originJti, expires } of this.sessions.values())
      if (expires < this.now()) this.sessions.remove(originJti);
    const entries = [...this.entries()];
    if (this.journal.lines > 2 * entries.length) await this.journal.rewrite(entries);
  }

  private *entries(): Generator<Entry> {
    yield this.keysEntry();
    for (const [id, secret] of this.secrets) yield ['secret', id, secret];
    for (const group of this.groups.values()) yield ['group', group.name, group];
    for (const user of this.users.values()) yield ['user', user.username, user];
    for (const session of this.sessions.values()) yield ['session', session.originJti, session];
  }

  private keysEntry(): Entry {
    return ['keys', '', this.keys.map(storeKey)];
  }

  now(): number {
    return this.context.clock();
  }

  get arn(): string {
    return `arn:aws:cognito-idp:${this.context.region}:${this.context.accountId}:userpool/${this.id}`;
  }

  get issuer(): string {
    return `https://cognito-idp.${this.context.region}.amazonaws.com/${this.id}`;
  }

  async declareClient(id: string, settings: ClientSettings): Promise<Client> {
    if (settings.generateSecret && !this.secrets.has(id)) {
      const secret = randomBytes(39).toString('hex').slice(0, 52);
      this.secrets.set(id, secret);
      await this.journal.append(['secret', id, secret]);
    }
    const client = { id, settings, secret: settings.generateSecret ? this.secrets.get(id) : undefined };
    this.clients.set(id, client);
    return client;
  }

  /** The pool's name in SRP. */
  get srpName(): string {
    return this.id.slice(this.id.indexOf('_') + 1);
  }

  srpVerifier(username: string, password: string): SrpVerifier | undefined {
    const used = [...this.clients.values()].some(({ settings }) =>
      SRP_FLOWS.some((flow) => settings.flows.has(flow)),
    );
    return used ? createVerifier(this.srpName, username, password) : undefined;
  }

  /** As names are compared: in lower case where case does not matter. */
  normalize(name: string): string {
    return this.settings.caseSensitive ? name : name.toLowerCase();
  }

  /** By username, sub, or e-mail where that signs in. */
  find(name: string): User | undefined {
    return (
      this.users.get(this.normalize(name)) ??
      this.users.withSub(name) ??
      (this.settings.emailIsUsername ? this.findByEmail(name) : undefined)
    );
  }

  private findByEmail(email: string): User | undefined {
    const wanted = this.normalize(email);
    return this.users
      .withEmail(email)
      .find(({ attributes }) => this.normalize(attributes.email ?? '') === wanted);
  }

  list(): User[] {
    return [...this.users.values()];
  }

  async add(user: Omit<User, 'order'>): Promise<User> {
    const added: User = { order: this.users.nextOrder(), ...user };
    this.users.put(added);
    await this.journal.append(['user', added.username, added]);
    return added;
  }

  /**
   * Changes what the pool has now, which may be newer than the `user` at hand.
   * @param changes may follow from the current user
   * @throws AwsError UserNotFoundException when the user is gone
   */
  async change(user: User, changes: UserChanges | ((current: User) => UserChanges)): Promise<User> {
    const current = this.users.get(user.username);
    if (!current) throw new AwsError('UserNotFoundException', 'User does not exist.');
    const next: User = {
      ...current,
      ...(typeof changes === 'function' ? changes(current) : changes),
      modified: this.now(),
    };
    this.users.put(next);
    await this.journal.append(['user', next.username, next]);
    return next;
  }

  async remove(user: User): Promise<void> {
    const sessions = this.sessions.ofUser(user.username);
    this.users.remove(user.username);
    for (const { originJti } of sessions) this.sessions.remove(originJti);
    await this.journal.append(
      ['user', user.username, null],
      ...sessions.map(({ originJti }): Entry => ['session', originJti, null]),
    );
  }

  async putSession(...sessions: Session[]): Promise<void> {
    for (const session of sessions) this.sessions.put(session);
    await this.journal.append(...sessions.map((session): Entry => ['session', session.originJti, session]));
  }

  session(originJti: string): Session | undefined {
    return this.sessions.get(originJti);
  }

  sessionOf(refreshToken: string): Session | undefined {
    return this.sessions.withToken(digest(refreshToken));
  }

  async revokeSession(originJti: string): Promise<void> {
    const session = this.sessions.get(originJti);
    if (session) await this.putSession({ ...session, revoked: true });
  }

  async signOutEverywhere(user: User): Promise<void> {
    const sessions = this.sessions.ofUser(user.username);
    if (sessions.length > 0) await this.putSession(...sessions.map((one) => ({ ...one, revoked: true })));
  }

  async declareGroup(declared: Omit<Group, 'created' | 'modified'>): Promise<Group> {
    const now = this.now();
    const group = { ...declared, created: this.groups.get(declared.name)?.created ?? now, modified: now };
    this.groups.set(group.name, group);
    await this.journal.append(['group', group.name, group]);
    return group;
  }

  async removeGroup(name: string): Promise<void> {
    this.groups.delete(name);
    const members = this.users.inGroup(name);
    await Promise.all([
      this.journal.append(['group', name, null]),
      ...members.map((user) =>
        this.change(user, ({ groups = [] }) => ({ groups: groups.filter((one) => one !== name) })),
      ),
    ]);
  }

  /** @throws AwsError unless a client with a secret proved that it has it */
  checkSecretHash(client: Client, username: string, secretHash: string | undefined): void {
    if (client.secret === undefined) return;
    if (secretHash === undefined)
      throw new AwsError(
        'NotAuthorizedException',
        `Client ${client.id} is configured with secret but SECRET_HASH was not received`,
      );
    const expected = createHmac('sha256', client.secret)
      .update(username + client.id)
      .digest('base64');
    if (!sameText(expected, secretHash))
      throw new AwsError('NotAuthorizedException', `Unable to verify secret hash for client ${client.id}`);
  }
}

/** What the journal of a pool holds. */
class Stored {
  readonly users = new Users();
  readonly sessions = new Sessions();
  readonly groups = new Map<string, Group>();
  readonly secrets = new Map<string, string>();
  keys: StoredKey[] | undefined;

  take([kind, id, value]: Entry): void {
    if (kind === 'user') value ? this.users.put(value as User) : this.users.remove(id);
    else if (kind === 'session') value ? this.sessions.put(value as Session) : this.sessions.remove(id);
    else if (kind === 'group') value ? this.groups.set(id, value as Group) : this.groups.delete(id);
    else if (kind === 'secret') this.secrets.set(id, value as string);
    else if (kind === 'keys') this.keys = value as StoredKey[];
  }
}
