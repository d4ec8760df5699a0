import type { LinkRequest } from '../shared/magic-link';

export interface CreateDependencies {
  /** Asks the sender. */
  readonly send: (request: LinkRequest) => Promise<void>;
  readonly newId: () => string;
  readonly redirectUris: readonly string[];
  /** How long a link works. */
  readonly minutes: number;
}

export interface ChallengeRequest {
  readonly userPoolId: string;
  readonly clientId: string;
  readonly username: string;
  readonly userNotFound: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Challenge {
  readonly publicChallengeParameters: {
    readonly type: 'MAGIC_LINK';
    readonly sent: 'true' | 'false';
    readonly minutes: string;
  };
  readonly privateChallengeParameters: { readonly attempt: string };
  readonly challengeMetadata: 'MAGIC_LINK';
}

/**
 * A challenge that a token answers. The sender is asked for one when the client says where the link shall lead,
 * which Cognito passes on with an answer only and not with the beginning of a sign-in.
 *
 * The same happens for users that exist and for users that do not: the sender tells them apart when nobody waits.
 */
export async function create(deps: CreateDependencies, request: ChallengeRequest): Promise<Challenge> {
  const { userPoolId, clientId, username, userNotFound, attributes, metadata } = request;
  const { redirectUri, locale = attributes.locale } = metadata;
  const wanted = redirectUri !== undefined && deps.redirectUris.includes(redirectUri);
  if (wanted) {
    await deps.send({
      userPoolId,
      clientId,
      username,
      email: attributes.email ?? '',
      // An address that was mistyped and never verified belongs to somebody else.
      verified: !userNotFound && attributes.email_verified === 'true' && attributes.email !== undefined,
      redirectUri,
      ...(locale !== undefined && { locale }),
    });
  }
  return {
    publicChallengeParameters: {
      type: 'MAGIC_LINK',
      sent: wanted ? 'true' : 'false',
      minutes: String(deps.minutes),
    },
    privateChallengeParameters: { attempt: deps.newId() },
    challengeMetadata: 'MAGIC_LINK',
  };
}
