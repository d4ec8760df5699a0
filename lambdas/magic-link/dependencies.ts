import type { Clock } from '../shared/clock';
import type { MagicLinkTable } from '../shared/magic-link-table';
import type { AnswerChallenge } from '../shared/user-pool';

/** What the use cases work with; all of it arguments, so that tests choose time, table and pool. */
export interface Dependencies {
  readonly table: Pick<MagicLinkTable, 'countRequest'>;
  readonly answerChallenge: AnswerChallenge;
  readonly clock: Clock;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly redirectUris: readonly string[];
  /** Of one address in one hour of the clock. */
  readonly requestsPerHour: number;
}

/** A request for a link is answered after this time at the earliest. */
export const floorMs = 750;
