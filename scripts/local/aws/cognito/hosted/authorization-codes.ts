/** Authorization codes: bound to what they were asked with, good for one exchange. */
import { createHash, randomUUID } from 'node:crypto';
import { sameText } from '../../sigv4';
import { digest, type UserPool } from '../user-pool';

const LIFETIME_MS = 5 * 60_000;
/** How long a used code is remembered, so that its theft is noticed. */
const MEMORY_MS = 3_600_000;

export interface Grant {
  readonly clientId: string;
  readonly username: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly nonce?: string | undefined;
  /** Of PKCE, method S256. Undefined only for a client that authenticates with a secret. */
  readonly codeChallenge?: string | undefined;
  /** Seconds since 1970. */
  readonly authTime: number;
}

interface Issued {
  readonly grant: Grant;
  readonly expires: number;
  used: boolean;
  /** Presented again, perhaps before the first exchange was done. */
  reused: boolean;
  /** origin_jti of the session that the code was exchanged for. */
  session?: string;
}

export type Redeemed =
  /** `started` says whether the new session may live: false when the code came a second time meanwhile. */
  | { readonly grant: Grant; started(originJti: string): boolean }
  | { readonly refused: string; readonly revoke?: string };

export class AuthorizationCodes {
  /** By the hash of the code, so that finding one takes no time that says anything of another. */
  private readonly issued = new Map<string, Issued>();

  constructor(private readonly pool: UserPool) {}

  issue(grant: Grant): string {
    const now = this.pool.now();
    for (const [id, { expires }] of this.issued) if (expires + MEMORY_MS < now) this.issued.delete(id);
    const code = randomUUID();
    this.issued.set(digest(code), { grant, expires: now + LIFETIME_MS, used: false, reused: false });
    return code;
  }

  /**
   * The first presentation uses the code up, also when it fails: whoever has a code and not its verifier stole it.
   * @returns why not; with `revoke` the session that an earlier presentation started
   */
  redeem(
    code: string,
    given: { clientId: string; redirectUri: string | undefined; codeVerifier: string | undefined },
  ): Redeemed {
    const found = this.issued.get(digest(code));
    if (!found) return { refused: 'The authorization code is unknown.' };
    if (found.used) {
      found.reused = true;
      return {
        refused: 'The authorization code was used before.',
        ...(found.session && { revoke: found.session }),
      };
    }
    found.used = true;
    const { grant } = found;
    if (found.expires <= this.pool.now()) return { refused: 'The authorization code has expired.' };
    if (grant.clientId !== given.clientId)
      return { refused: 'The authorization code was issued to another client.' };
    if (grant.redirectUri !== given.redirectUri)
      return { refused: 'redirect_uri is not the one the authorization code was issued for.' };
    if (!provesChallenge(grant.codeChallenge, given.codeVerifier))
      return { refused: 'code_verifier does not match the code_challenge of the authorization request.' };
    return {
      grant,
      started: (originJti) => {
        found.session = originJti;
        return !found.reused;
      },
    };
  }
}

/** RFC 7636, section 4.6. A verifier without a challenge is a downgrade: it is refused too. */
function provesChallenge(challenge: string | undefined, verifier: string | undefined): boolean {
  if (challenge === undefined || verifier === undefined) return challenge === verifier;
  if (!/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier)) return false;
  return sameText(createHash('sha256').update(verifier).digest('base64url'), challenge);
}
