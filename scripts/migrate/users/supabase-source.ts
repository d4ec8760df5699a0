import { isCertificateFailure, isNetworkFailure, reasonOf, trustFix } from '../failures';
import { Fingerprints } from '../fingerprints';
import { retry } from '../retry';
import { readRecord, type SourceRecord } from './record';
import type { SourceUser, UserSource } from './user';

export interface SupabaseOptions {
  /** Of the project, without a trailing slash. */
  readonly url: string;
  /** Secret: sent to that URL, and nowhere else. */
  readonly serviceRoleKey: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly interrupted: AbortSignal;
  readonly log: (line: string) => void;
  /** @default 500 */
  readonly perPage?: number;
  /** Milliseconds before the first of growing waits. @default 200 */
  readonly retryBaseMs?: number;
}

interface Page {
  readonly users: readonly SourceRecord[];
  /** How many there are in all. */
  readonly total: number;
}

const answerTimeoutMs = 60_000;

/**
 * Users of Supabase Auth by its admin API. Pages are counted by offset, so a user who is deleted moves all later ones
 * towards the first page. Sorted by age and read from the last page to the first, they move to where they are still
 * going to be read: some are seen twice, and none is missed. At the end come those who signed up meanwhile.
 */
export function supabaseSource(options: SupabaseOptions): UserSource {
  return { name: options.url, users: () => users(options) };
}

async function* users(options: SupabaseOptions): AsyncGenerator<SourceUser> {
  const { url, now, perPage = 500 } = options;
  const seen = new Fingerprints();
  const first = await fetchPage(options, 1, perPage);
  // A server may give less than it was asked for.
  const size = first.total > first.users.length ? first.users.length : perPage;
  let { total } = first;
  const newOnPage = async (page: number): Promise<SourceUser[]> => {
    const found = await fetchPage(options, page, size);
    total = found.total;
    return found.users
      .map((record) => readRecord(record, `${url}, page ${page}`, now))
      .filter(({ id }) => seen.add(id));
  };
  for (let page = Math.ceil(total / size); page >= 1; page--) yield* await newOnPage(page);
  for (let page = Math.ceil(total / size); page >= 1; page--) {
    const fresh = await newOnPage(page);
    if (fresh.length === 0) break;
    yield* fresh;
  }
  if (seen.size < total)
    throw new Error(
      `${url} lists ${total} users but its pages held ${seen.size}: many were created at the same moment, and their ` +
        'order differs from page to page. Run again, or export auth.users to a file (docs/migrating-users.md).',
    );
}

async function fetchPage(options: SupabaseOptions, page: number, size: number): Promise<Page> {
  const { url, interrupted, log, retryBaseMs } = options;
  return retry(() => request(options, page, size), {
    interrupted,
    ...(retryBaseMs === undefined ? {} : { baseMs: retryBaseMs }),
    retryable: (error) => (error instanceof Refusal ? error.temporary : isNetworkFailure(error)),
    atLeastMs: (error) => (error instanceof Refusal ? error.retryAfterMs : 0),
    onRetry: (error, waitMs) =>
      log(`page ${page} of ${url}: ${reasonOf(error)}; again in ${Math.ceil(waitMs / 100) / 10} s`),
  }).catch((error: unknown) => {
    const fix = isCertificateFailure(error)
      ? trustFix
      : isNetworkFailure(error)
        ? 'Check --from.'
        : undefined;
    throw fix ? new Error(`${url} cannot be reached: ${reasonOf(error)}. ${fix}`, { cause: error }) : error;
  });
}

async function request(
  { url, serviceRoleKey, interrupted }: SupabaseOptions,
  page: number,
  size: number,
): Promise<Page> {
  const sort = encodeURIComponent('created_at asc');
  const response = await fetch(`${url}/auth/v1/admin/users?page=${page}&per_page=${size}&sort=${sort}`, {
    headers: {
      apikey: serviceRoleKey,
      authorization: `Bearer ${serviceRoleKey}`,
      accept: 'application/json',
    },
    // The key must not follow to another place.
    redirect: 'manual',
    signal: AbortSignal.any([interrupted, AbortSignal.timeout(answerTimeoutMs)]),
  });
  if (response.status !== 200) throw await refusalOf(url, response);
  const body = (await response.json().catch(() => undefined)) as { users?: unknown } | undefined;
  const total = Number(response.headers.get('x-total-count') ?? Number.NaN);
  if (!Array.isArray(body?.users) || !Number.isInteger(total))
    throw new Error(`${url} answered something else than a page of users and their number. Check --from.`);
  return { users: body.users, total };
}

class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    message: string,
    readonly temporary: boolean,
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

async function refusalOf(url: string, response: Response): Promise<Refusal> {
  const { status, headers } = response;
  await response.body?.cancel();
  if (status === 401 || status === 403)
    return new Refusal(
      `${url} refused the key (${status}). SUPABASE_SERVICE_ROLE_KEY must be the service_role or secret key of this ` +
        'project: Project Settings, API keys. The anon key may not list users.',
      false,
    );
  if (status === 404)
    return new Refusal(
      `${url} has no Supabase Auth (404). --from takes https://<project>.supabase.co.`,
      false,
    );
  if (status >= 300 && status < 400)
    return new Refusal(
      `${url} redirects to ${headers.get('location') ?? 'another place'}. Pass that address as --from.`,
      false,
    );
  const seconds = Number(headers.get('retry-after') ?? 0);
  return new Refusal(
    `${url} answered ${status}`,
    status === 429 || status >= 500,
    Number.isFinite(seconds) ? seconds * 1000 : 0,
  );
}
