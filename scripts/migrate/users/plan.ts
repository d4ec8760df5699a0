/** Which users move, and how. */
import { Fingerprints } from '../fingerprints';
import type { SourceUser } from './user';

export interface PlanOptions {
  /** What happens to users with a password. */
  readonly passwordUsers: 'lazy' | 'create';
  /** What happens to users of whom the source does not tell whether they have one. @default nothing is decided */
  readonly unknownPasswords?: 'lazy' | 'create' | undefined;
}

export type Action = 'create' | 'lazy' | 'undecided';

export type Decision =
  | { readonly user: SourceUser; readonly action: Action }
  | { readonly user: SourceUser; readonly action: 'skip'; readonly reason: string };

const address = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;
/** Cognito's limit for the name that somebody signs in with. */
const longestAddress = 128;

/** Decides one user after the other; what it remembers of earlier ones finds those that come twice. */
export function planner(options: PlanOptions): (user: SourceUser) => Decision {
  const ids = new Fingerprints();
  const addresses = new Fingerprints();
  const unfit = ({ id, email, kind }: SourceUser): string | undefined => {
    if (!ids.add(id)) return 'this id came before';
    if (kind === 'deleted') return 'deleted in the old system';
    if (kind === 'anonymous') return 'anonymous';
    if (kind === 'sso') return 'signs in by single sign-on';
    if (email === undefined) return 'no e-mail';
    if (!address.test(email)) return 'the e-mail is no address';
    if (email.length > longestAddress) return `the e-mail is longer than ${longestAddress} characters`;
    return addresses.add(email.toLowerCase()) ? undefined : 'this e-mail came before';
  };
  return (user) => {
    const reason = unfit(user);
    return reason === undefined
      ? { user, action: actionFor(user, options) }
      : { user, action: 'skip', reason };
  };
}

function actionFor(
  { banned, password }: SourceUser,
  { passwordUsers, unknownPasswords }: PlanOptions,
): Action {
  // Whoever is not in the pool may sign up to it: a ban only stays one as a disabled user.
  if (banned || password === 'no' || passwordUsers === 'create') return 'create';
  return password === 'yes' ? 'lazy' : (unknownPasswords ?? 'undecided');
}
