import type { PoolSettings } from '../settings';

/** The pool's password policy in one sentence. */
export function passwordHint(policy: PoolSettings['password']): string {
  const kinds = [
    policy.lowercase && 'a lower-case letter',
    policy.uppercase && 'an upper-case letter',
    policy.numbers && 'a digit',
    policy.symbols && 'a symbol',
  ].filter((kind) => kind !== false);
  const last = kinds.pop();
  const needed = kinds.length > 0 ? `${kinds.join(', ')} and ${last}` : last;
  return `At least ${policy.minimumLength} characters${needed === undefined ? '' : ` with ${needed}`}.`;
}
