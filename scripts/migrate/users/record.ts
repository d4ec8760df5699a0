/** Reads the records of all sources: rows of Supabase's auth.users, its admin API, and the generic shape. */
import type { SourceUser } from './user';

/** A value that is not what its column promises. */
class FaultyRecord extends Error {
  override readonly name = 'FaultyRecord';
}

export type SourceRecord = Readonly<Record<string, unknown>>;

/** How exports write the absence of a value. */
const absent = new Set(['', 'null', 'NULL', '\\N']);

/** What `users.name` holds. */
const longestName = 200;

/** @param now milliseconds since 1970, for bans that end */
export function readRecord(record: SourceRecord, place: string, now: number): SourceUser {
  const fault = (column: string, expected: string) =>
    new FaultyRecord(`${place}: ${column} is not ${expected}. Correct it, or leave the user out.`);
  const text = (column: string): string | undefined => {
    const value = record[column];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'object' || typeof value === 'boolean') throw fault(column, 'text');
    const trimmed = String(value).trim();
    return absent.has(trimmed) ? undefined : trimmed;
  };
  const flag = (column: string): boolean => {
    const value = record[column];
    if (typeof value === 'boolean') return value;
    const word = text(column)?.toLowerCase();
    if (word === undefined || ['f', 'false', '0', 'no'].includes(word)) return false;
    if (['t', 'true', '1', 'yes'].includes(word)) return true;
    throw fault(column, 'true or false');
  };
  const time = (column: string): number | undefined => {
    const value = text(column);
    if (value === undefined || value === 'none') return undefined;
    if (value === 'infinity') return Number.POSITIVE_INFINITY;
    // Postgres writes `2024-05-06 07:08:09.123456+00`, which lacks the T and the minutes of ISO 8601.
    const parsed = Date.parse(value.replace(' ', 'T').replace(/(:\d\d[\d.]*[+-]\d\d)$/, '$1:00'));
    if (Number.isNaN(parsed)) throw fault(column, 'a time such as 2026-01-31 12:00:00+00');
    return parsed;
  };
  const object = (...columns: string[]): SourceRecord => {
    for (const column of columns) {
      const value = record[column];
      if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as SourceRecord;
      const json = text(column);
      if (json === undefined) continue;
      const parsed = parseObject(json);
      if (!parsed) throw fault(column, 'a JSON object');
      return parsed;
    }
    return {};
  };

  const id = text('id');
  if (id === undefined) throw new FaultyRecord(`${place}: no id. Every user needs the id of the old system.`);
  if (id.length > 255) throw fault('id', 'at most 255 characters long');
  const profile = object('raw_user_meta_data', 'user_metadata');
  const access = object('raw_app_meta_data', 'app_metadata');
  const hash = text('encrypted_password') ?? text('password_hash');
  const created = time('created_at');
  const deleted = time('deleted_at') !== undefined;
  const sso = flag('is_sso_user') || String(access.provider ?? '').startsWith('sso:');
  return {
    id,
    email: text('email'),
    name: nameOf(text('name'), profile.full_name, profile.name, profile.display_name),
    confirmed: 'confirmed' in record ? flag('confirmed') : time('email_confirmed_at') !== undefined,
    banned: flag('banned') || (time('banned_until') ?? 0) > now,
    password: hash !== undefined ? 'yes' : passwordless(record, access) ? 'no' : 'unknown',
    passwordHash: hash,
    createdAt:
      created !== undefined && Number.isFinite(created) ? new Date(created).toISOString() : undefined,
    kind: deleted ? 'deleted' : flag('is_anonymous') ? 'anonymous' : sso ? 'sso' : 'person',
    place,
  };
}

function parseObject(json: string): SourceRecord | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as SourceRecord)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * A source with a column for hashes tells who has none. Without one, only somebody who never used the provider
 * `email` is known to have no password: Supabase gives that provider to passwords and to magic links alike.
 */
function passwordless(record: SourceRecord, access: SourceRecord): boolean {
  if ('encrypted_password' in record || 'password_hash' in record) return true;
  const providers = Array.isArray(access.providers) ? access.providers : [access.provider];
  const named = providers.filter((provider) => typeof provider === 'string');
  return named.length > 0 && !named.includes('email');
}

function nameOf(...candidates: readonly unknown[]): string | undefined {
  for (const candidate of candidates) {
    if (typeof candidate !== 'string') continue;
    // Control characters mean nothing in a name, and Postgres refuses the zero among them.
    const clean = candidate.replace(/\p{Cc}+/gu, ' ').trim();
    if (clean !== '') return [...clean].slice(0, longestName).join('').trim();
  }
  return undefined;
}
