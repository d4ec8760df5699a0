/** What went wrong below a call over the network, and what to do about it. */

const network =
  /^(?:ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|UND_ERR_(?:SOCKET|CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT))/;
const certificate = /^(?:CERT_|ERR_TLS_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_SSL)/;

interface Failure {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly cause?: unknown;
}

/** The error and its causes, outermost first. */
function* chain(error: unknown): Generator<Failure> {
  for (let at = error, depth = 0; at !== undefined && at !== null && depth < 8; depth++) {
    yield at as Failure;
    at = (at as Failure).cause ?? (at as { errors?: unknown[] }).errors?.[0];
  }
}

const codes = (error: unknown): string[] => [...chain(error)].flatMap(({ code }) => code ?? []);

/** Nobody answered, or the connection broke: trying again may help. */
export function isNetworkFailure(error: unknown): boolean {
  return (
    codes(error).some((code) => network.test(code)) ||
    [...chain(error)].some(({ name }) => name === 'TimeoutError')
  );
}

/** The other side's certificate is not trusted: trying again does not help. */
export function isCertificateFailure(error: unknown): boolean {
  return codes(error).some((code) => certificate.test(code));
}

/** The innermost message: that of `fetch` only says "fetch failed". */
export function reasonOf(error: unknown): string {
  const innermost = [...chain(error)].filter(({ message, code }) => message || code).at(-1);
  return innermost?.message || innermost?.code || String(error);
}

export const trustFix =
  'To trust an authority that Node does not know, put its certificate into a file and name it in NODE_EXTRA_CA_CERTS.';
