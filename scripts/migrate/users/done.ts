/** Which users earlier runs are done with, as the journal says. */
import { createHash } from 'node:crypto';
import { Fingerprints } from '../fingerprints';
import { Journal } from '../journal';
import type { Action } from './plan';
import type { SourceUser } from './user';

const outcomes = ['created', 'existing', 'lazy'] as const;
export type Done = (typeof outcomes)[number];

interface Entry {
  readonly id: string;
  /** Fingerprint of everything about the user that decides what is written. */
  readonly as: string;
  readonly outcome: Done;
}

export class DoneUsers {
  readonly #known = new Fingerprints();
  #journal: Journal | undefined;

  /** @throws Error when the journal is another run's, or damaged */
  static async open(file: string, belongsTo: Readonly<Record<string, unknown>>): Promise<DoneUsers> {
    const users = new DoneUsers();
    users.#journal = await Journal.open(file, belongsTo, (entry) => {
      const { id, as, outcome } = entry as Entry;
      users.#known.add(`${id}\n${as}`, outcomes.indexOf(outcome) + 1);
    });
    return users;
  }

  /** How many there are. */
  get size(): number {
    return this.#known.size;
  }

  /** What was done with exactly this user; one that has changed since is as good as new. */
  find(user: SourceUser, action: Action): Done | undefined {
    const value = this.#known.get(`${user.id}\n${stateOf(user, action)}`);
    return value === undefined ? undefined : outcomes[value - 1];
  }

  /** Resolves when they are on disk. */
  async add(
    entries: readonly { readonly user: SourceUser; readonly action: Action; readonly outcome: Done }[],
  ): Promise<void> {
    await this.#journal?.append(
      entries.map(
        ({ user, action, outcome }): Entry => ({ id: user.id, as: stateOf(user, action), outcome }),
      ),
    );
  }

  async close(): Promise<void> {
    await this.#journal?.close();
  }
}

/** 64 bits, too few to guess a password hash from. */
function stateOf({ email, name, confirmed, banned, passwordHash }: SourceUser, action: Action): string {
  const state = JSON.stringify([action, email?.toLowerCase(), name, confirmed, banned, passwordHash]);
  return createHash('sha256').update(state).digest('hex').slice(0, 16);
}
