import type * as z from 'zod';
import { audit } from '../shared/audit';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { type AccountRow, ownAccount } from '../shared/own-account';
import { cleanTitle } from '../shared/visible-text';
import { type Account, accountDeleted, toAccount } from './account';
import type { updateAccountBody } from './contract';
import type { Dependencies } from './dependencies';
import { updateProfile } from './queries';

type Body = z.output<typeof updateAccountBody>;

const maxNameLength = 200;
const maxLocaleLength = 35;

/** Changes what the body names; null clears a field. */
export async function updateAccount(
  { database, clock }: Pick<Dependencies, 'database' | 'clock'>,
  { identity, body, requestId }: Request<undefined, undefined, Body>,
): Promise<Account> {
  const name = typeof body.name === 'string' ? visibleName(body.name) : body.name;
  const locale = typeof body.locale === 'string' ? canonicalLocale(body.locale) : body.locale;
  return database.withUser(identity, async (tx) => {
    if (!(await updateProfile(tx, { name, locale }))) throw accountDeleted();
    const details = { changed: Object.keys(body) };
    await audit(tx, { action: 'account.update', entityId: tx.userId, requestId, at: clock(), details });
    const [row] = await tx.query<AccountRow>(ownAccount.text);
    return toAccount(row as AccountRow, identity);
  });
}

function visibleName(name: string): string {
  const cleaned = cleanTitle(name);
  // Characters, as Postgres counts them, and not UTF-16 units.
  const { length } = [...cleaned];
  if (length === 0)
    throw invalid('name', 'The name has no visible character.', 'expected a visible character');
  if (length <= maxNameLength) return cleaned;
  throw invalid(
    'name',
    'The name is too long.',
    `expected at most ${maxNameLength} characters, found ${length}`,
  );
}

function canonicalLocale(locale: string): string {
  try {
    const [canonical = ''] = Intl.getCanonicalLocales(locale);
    // An outdated tag may have a longer successor.
    if (canonical.length <= maxLocaleLength) return canonical;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw invalid(
    'locale',
    'The locale is no language tag.',
    `expected a language tag of at most ${maxLocaleLength} characters, for example en-GB`,
  );
}

function invalid(path: string, message: string, expected: string): ApiError {
  return new ApiError('bad_request', message, {
    details: { issues: [{ in: 'body', path, message: expected }] },
  });
}
