import type { Statement } from './flight';

export interface AccountRow {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly locale: string | null;
  readonly created_at: Date;
  readonly identities: readonly { readonly issuer: string; readonly created_at: string }[];
}

/** The account of the transaction's user, to whose rows row-level security limits it. */
export const ownAccount: Statement = {
  text: `
    select u.id, u.email, u.name, u.locale, u.created_at,
      (select coalesce(jsonb_agg(jsonb_build_object('issuer', i.issuer, 'created_at', i.created_at)
                                 order by i.created_at, i.issuer), '[]')
       from landfall.identities i where i.user_id = u.id) as identities
    from landfall.users u`,
};

/** As answers and exports write it; what is not known is null. */
export function describeAccount(row: AccountRow) {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    locale: row.locale,
    createdAt: row.created_at.toISOString(),
    identities: row.identities.map(({ issuer, created_at }) => ({
      issuer,
      createdAt: new Date(created_at).toISOString(),
    })),
  };
}
