import { compare } from 'bcryptjs';
import type { IdentityDatabase, LegacyUser } from '../shared/identity-database';
import type { Source, Verdict } from './source';

/** Of a password nobody knows: comparing with it takes the time that comparing with a real one takes. */
const nobodysHash = '$2b$10$266AoqUkeRKjujIcTYv7DODFKmkEObSuSqTM5X1p3Zqp/e6Vf1aLm';

/** Users who were imported with the hashes of their passwords, as bcrypt made them. */
export function importedHashes(database: Pick<IdentityDatabase, 'legacyUser'>): Source {
  return {
    name: 'imported hashes',

    async authenticate(email, password) {
      const user = await database.legacyUser(email);
      const matches = await compare(password, user?.passwordHash ?? nobodysHash);
      if (!user) return { refusal: 'unknown' };
      if (user.banned) return { refusal: 'banned' };
      if (!matches || user.passwordHash === null) return { refusal: 'wrong password' };
      return vouchFor(email, user);
    },

    async find(email) {
      const user = await database.legacyUser(email);
      return user ? vouchFor(email, user) : { refusal: 'unknown' };
    },
  };
}

function vouchFor(email: string, { issuer, subject, banned, confirmed }: LegacyUser): Verdict {
  if (banned) return { refusal: 'banned' };
  if (!confirmed) return { refusal: 'unconfirmed' };
  return { account: { issuer, subject, email } };
}
