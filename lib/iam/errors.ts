/** What keeps a policy from being evaluated. Both are errors and never an answer: a guess could allow. */

export class PolicyError extends Error {
  override readonly name: string = 'PolicyError';
}

/** A condition whose operator is not known, or that cannot be applied as it is written. */
export class UnknownConditionError extends PolicyError {
  override readonly name = 'UnknownConditionError';
}
