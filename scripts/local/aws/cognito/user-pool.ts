/** One user pool: its users, sessions and keys in memory, and on disk after every change. */
import { createHash, createHmac, randomBytes, randomInt } from 'node:crypto';
import { StateFile } from '../atomic-file';
import { AwsError } from '../errors';
import { createKey, loadKey, type SigningKey, type StoredKey, storeKey } from '../jwt';
import { sameText } from '../sigv4';
import type { Client, PoolContext, Session, User } from './records';
import type { ClientSettings, PoolSettings } from './settings';
import { createVerifier, type SrpVerifier } from './srp';

interface Stored {
  readonly keys: StoredKey[];
  readonly users: User[];
  readonly sessions: Session[];
  readonly secrets: Record<string, string>;
}

export const digest = (text: string): string => createHash('sha256').update(text).digest('base64');

const CODE_ATTEMPTS = 5;

export class UserPool {
  readonly clients = new Map<string, Client>();
  /** Address of the pool's sign-in pages, without a slash at its end. @default the pool has no domain */
  domain: string | undefined;
  private readonly users = new Map<string, User>();
  private readonly sessions = new Map<string, Session>();
  private readonly state: StateFile<Stored>;

  private constructor(
    readonly id: string,
    file: string,
    readonly context: PoolContext,
    public settings: PoolSettings,
    /** The first signs ID tokens, the second access tokens, as Cognito has two. */
    readonly keys: readonly [SigningKey, SigningKey],
    private readonly secrets: Record<string, string>,
  ) {
    this.state = new StateFile(file, () => this.snapshot());
  }

  static async open(
    id: string,
    file: string,
    context: PoolContext,
    settings: PoolSettings,
  ): Promise<UserPool> {
    const stored = await StateFile.read<Stored>(file);
    const [first, second] = stored?.keys.map(loadKey) ?? (await Promise.all([createKey(), createKey()]));
    if (!first || !second) throw new Error(`${file} lacks its signing keys. Start over with --fresh.`);
    const pool = new UserPool(id, file, context, settings, [first, second], stored?.secrets ?? {});
    for (const user of stored?.users ?? []) pool.users.set(user.username, user);
    for (const session of stored?.sessions ?? []) pool.sessions.set(session.originJti, session);
    if (!stored) await pool.save();
    return pool;
  }

  private snapshot(): Stored {
    const now = this.now();
    for (const [id, { expires }] of this.sessions) if (expires < now) this.sessions.delete(id);
    return {
      keys: this.keys.map(storeKey),
      users: [...this.users.values()],
      sessions: [...this.sessions.values()],
      secrets: this.secrets,
    };
  }

  /** Resolves when everything up to now is durable. */
  save(): Promise<void> {
    return this.state.save();
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
    if (settings.generateSecret && !this.secrets[id]) {
      this.secrets[id] = randomBytes(39).toString('hex').slice(0, 52);
      await this.save();
    }
    const client = { id, settings, secret: settings.generateSecret ? this.secrets[id] : undefined };
    this.clients.set(id, client);
    return client;
  }

  /** The pool's name in SRP. */
  get srpName(): string {
    return this.id.slice(this.id.indexOf('_') + 1);
  }

  srpVerifier(username: string, password: string): SrpVerifier | undefined {
    const used = [...this.clients.values()].some(({ settings }) => settings.flows.has('ALLOW_USER_SRP_AUTH'));
    return used ? createVerifier(this.srpName, username, password) : undefined;
  }

  private normalize(name: string): string {
    return this.settings.caseSensitive ? name : name.toLowerCase();
  }

  /** By username, sub, or e-mail where that signs in. */
  find(name: string): User | undefined {
    const wanted = this.normalize(name);
    const direct = this.users.get(wanted);
    if (direct) return direct;
    return [...this.users.values()].find(
      (user) =>
        user.sub === name ||
        (this.settings.emailIsUsername && this.normalize(user.attributes.email ?? '') === wanted),
    );
  }

  list(): User[] {
    return [...this.users.values()];
  }

  async add(user: User): Promise<User> {
    this.users.set(user.username, user);
    await this.save();
    return user;
  }

  async update(user: User): Promise<void> {
    user.modified = this.now();
    await this.save();
  }

  async remove(user: User): Promise<void> {
    this.users.delete(user.username);
    for (const [id, session] of this.sessions)
      if (session.username === user.username) this.sessions.delete(id);
    await this.save();
  }

  addSession(session: Session): void {
    this.sessions.set(session.originJti, session);
  }

  session(originJti: string): Session | undefined {
    return this.sessions.get(originJti);
  }

  sessionOf(refreshToken: string): Session | undefined {
    const hash = digest(refreshToken);
    return [...this.sessions.values()].find(({ refreshHash }) => refreshHash === hash);
  }

  async revokeSession(originJti: string): Promise<void> {
    const session = this.sessions.get(originJti);
    if (!session) return;
    session.revoked = true;
    await this.save();
  }

  async signOutEverywhere(user: User): Promise<void> {
    for (const session of this.sessions.values())
      if (session.username === user.username) session.revoked = true;
    await this.save();
  }

  /** Sends a fresh code, which replaces an earlier one of its kind. */
  async sendCode(user: User, kind: 'confirmation' | 'reset', lifetimeSeconds: number): Promise<void> {
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    user.codes[kind] = {
      hash: digest(`${user.sub}:${kind}:${code}`),
      expires: this.now() + lifetimeSeconds * 1000,
      attemptsLeft: CODE_ATTEMPTS,
    };
    await this.update(user);
    this.context.deliverMail({ poolId: this.id, to: user.attributes.email ?? user.username, kind, code });
  }

  /** @throws AwsError unless `code` is the outstanding one of its kind */
  async checkCode(user: User, kind: 'confirmation' | 'reset', code: string): Promise<void> {
    const expected = user.codes[kind];
    if (!expected || expected.expires < this.now())
      throw new AwsError('ExpiredCodeException', 'Invalid code provided, please request a code again.');
    if (expected.attemptsLeft <= 0)
      throw new AwsError('LimitExceededException', 'Attempt limit exceeded, please try after some time.');
    expected.attemptsLeft -= 1;
    const matches = sameText(digest(`${user.sub}:${kind}:${code}`), expected.hash);
    if (matches) user.codes[kind] = undefined;
    await this.update(user);
    if (!matches)
      throw new AwsError('CodeMismatchException', 'Invalid verification code provided, please try again.');
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
