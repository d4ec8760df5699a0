/** Grants that no journey exercises, each with the reason why it is there all the same. */

export interface Unexercised {
  /** Path of the role without the environment, for example `network/FlowLogs/Role`; `*` is any text. */
  readonly role: string;
  /** Action and resource as `npm run audit -- coverage` prints them; `*` is any text. */
  readonly grant: string;
  /** A sentence: who uses it when, and why no journey does. */
  readonly reason: string;
  /** File of the test that exercises it in another way. @default AWS uses it, and nothing here can */
  readonly test?: string;
}

export const unexercised: readonly Unexercised[] = [];
