/** A user as an old system knows it, whatever the source. */
export interface SourceUser {
  readonly id: string;
  /** As it was written, without surrounding blanks. */
  readonly email: string | undefined;
  /** At most 200 characters, which is what Landfall keeps. */
  readonly name: string | undefined;
  /** Whether the user has proven to own the address. */
  readonly confirmed: boolean;
  readonly banned: boolean;
  /** `unknown` where the source does not tell, as Supabase's admin API does not. */
  readonly password: 'yes' | 'no' | 'unknown';
  /** Secret: never logged, never reported. */
  readonly passwordHash: string | undefined;
  /** ISO 8601. */
  readonly createdAt: string | undefined;
  readonly kind: 'person' | 'anonymous' | 'deleted' | 'sso';
  /** Where it was found, for people: `line 12`. */
  readonly place: string;
}

/** Where users come from. Can be read more than once. */
export interface UserSource {
  /** For people and the journal; never holds a key. */
  readonly name: string;
  /** @throws Error naming the place and the fix when the source cannot be read */
  users(): AsyncIterable<SourceUser>;
}
