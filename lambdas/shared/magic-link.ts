import { createHash } from 'node:crypto';
import * as z from 'zod';

/** What a link is bound to: this pool, this client, this user, until then. */
export interface MagicLink {
  readonly userPoolId: string;
  readonly clientId: string;
  /** The user's name in the pool, which is the `sub`. */
  readonly username: string;
  /** Seconds since the epoch; refused from then on. */
  readonly expiresAt: number;
}

/** Makes the message authentication code of a text. */
export type Sign = (text: string) => Promise<Uint8Array>;

/** Whether a code is the one `Sign` makes of the text. */
export type CheckMac = (text: string, mac: Uint8Array) => Promise<boolean>;

/** A token as it was sent, its parts not yet believed. */
export interface ParsedToken {
  readonly link: MagicLink;
  /** The part that the code covers. */
  readonly signed: string;
  readonly mac: Uint8Array;
}

/** `v1.<base64url of JSON>.<base64url of 32 bytes>`; no token of ours comes near this length. */
const format = /^(v1\.([\w-]{1,1500}))\.([\w-]{43})$/;

const payloadSchema = z.strictObject({
  p: z.string().min(1),
  c: z.string().min(1),
  u: z.string().min(1),
  e: z.int().positive(),
  n: z.string().length(43),
});

/**
 * The token of a link.
 * @param nonce 32 random bytes: two links of a user in the same second differ, and nobody guesses one
 */
export async function issueToken(link: MagicLink, nonce: Uint8Array, sign: Sign): Promise<string> {
  const payload: z.output<typeof payloadSchema> = {
    p: link.userPoolId,
    c: link.clientId,
    u: link.username,
    e: link.expiresAt,
    n: Buffer.from(nonce).toString('base64url'),
  };
  const signed = `v1.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
  return `${signed}.${Buffer.from(await sign(signed)).toString('base64url')}`;
}

/** Undefined for anything that is no token. */
export function parseToken(token: string): ParsedToken | undefined {
  const [, signed, payload, mac] = format.exec(token) ?? [];
  if (signed === undefined || payload === undefined || mac === undefined) return undefined;
  const result = payloadSchema.safeParse(jsonOf(Buffer.from(payload, 'base64url').toString()));
  if (!result.success) return undefined;
  const { p: userPoolId, c: clientId, u: username, e: expiresAt } = result.data;
  return {
    link: { userPoolId, clientId, username, expiresAt },
    signed,
    mac: Buffer.from(mac, 'base64url'),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no payload: the schema refuses it like any other that does not fit.
    return undefined;
  }
}

/** What is kept of a token: whoever reads the table cannot sign in with it. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The token travels in the fragment, which no server and no access log gets to see. */
export function linkOf(redirectUri: string, token: string): string {
  return `${redirectUri}#token=${token}`;
}

/**
 * What the sender is asked: the same fields for users that exist and for users that do not, so that asking takes
 * the same time.
 */
export const linkRequestSchema = z.strictObject({
  userPoolId: z.string().min(1),
  clientId: z.string().min(1),
  username: z.string().min(1),
  /** Empty for a user that does not exist. */
  email: z.string(),
  /** Whether there is such a user and the address is theirs. Nothing is sent otherwise. */
  verified: z.boolean(),
  /** One of the allowed addresses. */
  redirectUri: z.string().min(1),
  /** What the user prefers to read; may be anything. */
  locale: z.string().optional(),
});

export type LinkRequest = z.output<typeof linkRequestSchema>;
