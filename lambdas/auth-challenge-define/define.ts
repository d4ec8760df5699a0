/** A challenge that has been answered, or another step of a sign-in. */
export interface Step {
  readonly challengeName: string;
  readonly challengeResult: boolean;
}

export interface Decision {
  readonly challengeName?: 'CUSTOM_CHALLENGE';
  readonly issueTokens: boolean;
  readonly failAuthentication: boolean;
}

/** Asking for a link takes one answer; two are left for a link that was copied badly. */
const maxAnswers = 3;

const fail: Decision = { issueTokens: false, failAuthentication: true };

/**
 * What comes next in a sign-in by magic link. Steps of other sign-ins (SRP_A, PASSWORD_VERIFIER and so on) do
 * not count towards this one: whoever mixes them is refused.
 */
export function define(steps: readonly Step[], { userNotFound }: { userNotFound: boolean }): Decision {
  if (steps.some(({ challengeName }) => challengeName !== 'CUSTOM_CHALLENGE')) return fail;
  if (steps.at(-1)?.challengeResult) {
    return userNotFound ? fail : { issueTokens: true, failAuthentication: false };
  }
  if (steps.length >= maxAnswers) return fail;
  return { challengeName: 'CUSTOM_CHALLENGE', issueTokens: false, failAuthentication: false };
}
