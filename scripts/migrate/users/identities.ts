/** The rows by which a person of the old system and of the pool are one user of Landfall. */
import { createHash } from 'node:crypto';
import type { Query, TargetDatabase } from '../target-database';
import type { SourceUser } from './user';

export interface Issuers {
  /** Of the old system's tokens. */
  readonly source: string;
  /** Of the user pool's tokens. */
  readonly pool: string;
}

/** What is known of a user after their old identity was kept. */
export type Kept =
  | {
      readonly userId: string;
      /** Subject in the pool that is linked already. */
      readonly poolSubject: string | undefined;
    }
  | { readonly refused: 'skipped' | 'failed'; readonly reason: string };

export interface Link {
  readonly userId: string;
  readonly poolSubject: string;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** RFC 9562, namespace of URLs. */
const urlNamespace = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/**
 * The id that a user gets in Landfall: the old one where it is a uuid, so that rows which refer to it stay theirs.
 * Otherwise it follows from the old identity (UUIDv5), so that a repeated run means the same user.
 */
export function userIdOf(issuer: string, subject: string): string {
  if (uuid.test(subject)) return subject.toLowerCase();
  const digest = createHash('sha1').update(urlNamespace).update(`${issuer}#${subject}`).digest();
  digest[6] = ((digest[6] as number) & 0x0f) | 0x50;
  digest[8] = ((digest[8] as number) & 0x3f) | 0x80;
  return digest.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const mappings = `
select i.subject, i.user_id, u.deleted_at is not null as deleted,
       (select p.subject from landfall.identities p
          where p.user_id = i.user_id and p.issuer = $3 order by p.created_at limit 1) as pool_subject
  from landfall.identities i join landfall.users u on u.id = i.user_id
  where i.issuer = $1 and i.subject = any($2::text[])`;

const insertUsers = `
insert into landfall.users (id, email, name, created_at)
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
  on conflict (id) do nothing
  returning id`;

const insertIdentities = `
insert into landfall.identities (issuer, subject, user_id)
  select $1, new.subject, new.user_id
    from unnest($2::text[], $3::uuid[]) as new (subject, user_id) order by new.subject
  on conflict (issuer, subject) do nothing
  returning user_id`;

const addressesOfOthers = `
select l.email from landfall.legacy_users l
  join unnest($1::text[], $3::text[]) as new (email, subject) on new.email = l.email
  where (l.issuer, l.subject) <> ($2, new.subject)`;

/** Rows that would not change are not written. */
const upsertLegacyUsers = `
insert into landfall.legacy_users (email, issuer, subject, password_hash, confirmed, banned)
  select new.email, $1, new.subject, new.hash, new.confirmed, new.banned
    from unnest($2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[])
      as new (email, subject, hash, confirmed, banned) order by new.subject
  on conflict (issuer, subject) do update
    set email = excluded.email, password_hash = excluded.password_hash, confirmed = excluded.confirmed,
        banned = excluded.banned, imported_at = now()
    where (legacy_users.email, legacy_users.password_hash, legacy_users.confirmed, legacy_users.banned)
      is distinct from (excluded.email, excluded.password_hash, excluded.confirmed, excluded.banned)`;

/** What the trigger can check a password against; Supabase also takes argon2 and Firebase's scrypt. */
const bcrypt = /^\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}$/;

export const isImportableHash = (hash: string | undefined): hash is string =>
  hash !== undefined && bcrypt.test(hash);

export class Identities {
  constructor(
    private readonly database: TargetDatabase,
    readonly issuers: Issuers,
  ) {}

  /**
   * Makes sure that every user has a row, led to by the old identity. An existing one stays: its data belongs to
   * it. Users that have it are not written again.
   */
  keep(users: readonly SourceUser[]): Promise<ReadonlyMap<string, Kept>> {
    return this.database.transaction(async (query) => {
      const known = await this.#known(query, users);
      const missing = users.filter(({ id }) => !known.has(id));
      if (missing.length === 0) return known;
      await this.#insert(query, missing);
      const inserted = await this.#known(query, missing);
      const taken: Kept = { refused: 'failed', reason: 'the id is taken by another user of Landfall' };
      return new Map([...known, ...missing.map(({ id }) => [id, inserted.get(id) ?? taken] as const)]);
    });
  }

  /**
   * Leads the subjects of the pool to their users.
   * @returns subjects that lead to another user already
   */
  link(links: readonly Link[]): Promise<ReadonlySet<string>> {
    if (links.length === 0) return Promise.resolve(new Set());
    const subjects = links.map(({ poolSubject }) => poolSubject);
    return this.database.transaction(async (query) => {
      await query(insertIdentities, [this.issuers.pool, subjects, links.map(({ userId }) => userId)]);
      const rows = await query(
        'select subject, user_id from landfall.identities where issuer = $1 and subject = any($2::text[])',
        [this.issuers.pool, subjects],
      );
      const owners = new Map(rows.map(({ subject, user_id }) => [subject, user_id]));
      return new Set(
        links
          .filter(({ poolSubject, userId }) => owners.get(poolSubject) !== userId)
          .map(({ poolSubject }) => poolSubject),
      );
    });
  }

  /**
   * Keeps the hashes by which users are recognised at their next sign-in.
   * @returns ids of users whose address belongs to another user's hash
   */
  keepHashes(users: readonly SourceUser[]): Promise<ReadonlySet<string>> {
    const addressOf = ({ email = '' }: SourceUser) => email.toLowerCase();
    return this.database.transaction(async (query) => {
      const { source } = this.issuers;
      const rows = await query(addressesOfOthers, [users.map(addressOf), source, users.map(({ id }) => id)]);
      const taken = new Set(rows.map(({ email }) => email));
      const free = users.filter((user) => !taken.has(addressOf(user)));
      await query(upsertLegacyUsers, [
        source,
        free.map(addressOf),
        free.map(({ id }) => id),
        free.map(({ passwordHash }) => passwordHash),
        free.map(({ confirmed }) => confirmed),
        free.map(({ banned }) => banned),
      ]);
      return new Set(users.filter((user) => taken.has(addressOf(user))).map(({ id }) => id));
    });
  }

  async #known(query: Query, users: readonly SourceUser[]): Promise<Map<string, Kept>> {
    const { source, pool } = this.issuers;
    const rows = await query(mappings, [source, users.map(({ id }) => id), pool]);
    return new Map(
      rows.map(({ subject, user_id, deleted, pool_subject }) => [
        subject as string,
        deleted
          ? { refused: 'skipped', reason: 'deleted in Landfall' }
          : { userId: user_id as string, poolSubject: (pool_subject as string | null) ?? undefined },
      ]),
    );
  }

  async #insert(query: Query, users: readonly SourceUser[]): Promise<void> {
    const { source } = this.issuers;
    const idOf = ({ id }: SourceUser) => userIdOf(source, id);
    const now = new Date().toISOString();
    const rows = await query(insertUsers, [
      users.map(idOf),
      users.map(({ email }) => email),
      users.map(({ name }) => name),
      users.map(({ createdAt }) => createdAt ?? now),
    ]);
    const fresh = new Set(rows.map(({ id }) => id));
    const owned = users.filter((user) => fresh.has(idOf(user)));
    const linked = await query(insertIdentities, [source, owned.map(({ id }) => id), owned.map(idOf)]);
    if (linked.length === owned.length) return;
    // The person's first request to Landfall was faster and has made another user.
    const kept = new Set(linked.map(({ user_id }) => user_id));
    await query('delete from landfall.users where id = any($1::uuid[])', [
      owned.map(idOf).filter((id) => !kept.has(id)),
    ]);
  }
}
