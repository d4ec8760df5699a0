/** A link that is about to be sent. */
export interface NewLink {
  readonly username: string;
  readonly tokenHash: string;
  /** Seconds since the epoch. */
  readonly tokenExpiresAt: number;
  readonly sentAt: Date;
  /** Id of the invocation, which Lambda repeats when it repeats the event. */
  readonly requestId: string;
}

export interface Redemption {
  readonly username: string;
  readonly tokenHash: string;
  /** Id of the challenge that is answered: Cognito may ask several times about one answer. */
  readonly attempt: string;
  readonly now: Date;
}

/** What is remembered of links and of who asked for them. Each change is one conditional write. */
export interface MagicLinkTable {
  /**
   * Makes this the one outstanding link of its user. False when another was sent less than 60 s ago;
   * a repeated invocation replaces the link it made itself, unless that has been redeemed.
   */
  replaceLink(link: NewLink): Promise<boolean>;
  /** True once per link, and again for the same attempt within 20 s. */
  redeem(redemption: Redemption): Promise<boolean>;
  /** Counts a request of an address. False above `limit` in this hour. */
  countRequest(request: { addressHash: string; now: Date; limit: number }): Promise<boolean>;
}

/** The table of this name. The SDK is loaded at the first use: most triggers end without a look at the table. */
export function magicLinkTable(name: string): MagicLinkTable {
  let loading: Promise<MagicLinkTable> | undefined;
  const loaded = () => {
    loading ??= import('./dynamodb-magic-link-table').then(({ connectTable }) => connectTable(name));
    return loading;
  };
  return {
    replaceLink: async (link) => (await loaded()).replaceLink(link),
    redeem: async (redemption) => (await loaded()).redeem(redemption),
    countRequest: async (request) => (await loaded()).countRequest(request),
  };
}
