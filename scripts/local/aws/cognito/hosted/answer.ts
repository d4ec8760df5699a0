/** What the sign-in pages and the OAuth endpoints answer with. */

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Values of Set-Cookie. @default none */
  readonly cookies?: readonly string[];
  readonly body?: string;
}

/** Ends a request with this answer, from however deep it is thrown. */
export class Refusal extends Error {
  constructor(readonly answer: Answer) {
    super(`refused with status ${answer.status}`);
  }
}

const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' };

export function redirect(location: string, cookies: readonly string[] = []): Answer {
  return {
    status: 302,
    headers: { location, ...NO_STORE, 'referrer-policy': 'no-referrer' },
    cookies,
  };
}

/** `uri` with further query parameters. It is sent back character for character, so it is not parsed. */
export function withParameters(
  uri: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  if (given.length === 0) return uri;
  return `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams(given)}`;
}

export function json(status: number, value: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...NO_STORE, ...headers },
    body: JSON.stringify(value),
  };
}

/** An error of RFC 6749, section 5.2. */
export function refuse(
  error: string,
  description: string,
  status = 400,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return new Refusal(json(status, { error, error_description: description }, headers));
}
