/** The flags of `migrate users`. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Shell, UsageError } from '../command';
import { checkReportName } from './report';
import type { RunOptions } from './run';

export interface UsersOptions extends RunOptions {
  /** Without a trailing slash or `/auth/v1`; or a file. */
  readonly from:
    | { readonly kind: 'supabase'; readonly url: string }
    | { readonly kind: 'csv' | 'json'; readonly file: string };
  readonly execute: boolean;
  readonly check: boolean;
  readonly json: boolean;
  readonly journal: string | undefined;
  readonly report: string | undefined;
}

export const defaults = { rate: 25, concurrency: 10, batch: 200 } as const;

/** @throws {UsageError} */
export function parseOptions(args: readonly string[], env: Shell['env']): UsersOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      issuer: { type: 'string' },
      'password-users': { type: 'string', default: 'lazy' },
      'unknown-passwords': { type: 'string' },
      'with-hashes': { type: 'boolean', default: false },
      execute: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      rate: { type: 'string', default: String(defaults.rate) },
      concurrency: { type: 'string', default: String(defaults.concurrency) },
      batch: { type: 'string', default: String(defaults.batch) },
      journal: { type: 'string' },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const from = parseFrom(values.from);
  const passwordUsers = oneOf('--password-users', values['password-users'], ['lazy', 'create'] as const);
  const withHashes = values['with-hashes'];
  if (from.kind === 'supabase' && !env.SUPABASE_SERVICE_ROLE_KEY)
    throw new UsageError(
      'SUPABASE_SERVICE_ROLE_KEY is not set: the service_role or secret key of the project, from Project Settings, API keys.',
    );
  if (withHashes && from.kind === 'supabase')
    throw new UsageError('--with-hashes needs a file: the admin API gives no hashes. Export auth.users.');
  if (withHashes && passwordUsers === 'create')
    throw new UsageError(
      '--with-hashes goes with --password-users lazy: nobody checks the hash of a user who is created.',
    );
  if (values.check && values.execute)
    throw new UsageError('--check belongs to a plan: --execute looks at every user anyway.');
  if (values.journal && !values.execute)
    throw new UsageError('--journal belongs to --execute: a plan keeps none.');
  if (values.report !== undefined) checkReportName(values.report);
  return {
    from,
    to: parsePool(values.to),
    issuer: parseIssuer(values.issuer, from),
    passwordUsers,
    unknownPasswords:
      values['unknown-passwords'] === undefined
        ? undefined
        : oneOf('--unknown-passwords', values['unknown-passwords'], ['lazy', 'create'] as const),
    withHashes,
    execute: values.execute,
    check: values.check,
    rate: positive('--rate', values.rate, 10_000),
    concurrency: positive('--concurrency', values.concurrency, 100),
    batch: positive('--batch', values.batch, 1000),
    journal: values.journal,
    report: values.report,
    json: values.json,
  };
}

function parseFrom(from: string | undefined): UsersOptions['from'] {
  if (!from)
    throw new UsageError('--from is missing: a Supabase URL, or a .csv, .json or .jsonl file. See --help.');
  if (/^https?:\/\//i.test(from)) return { kind: 'supabase', url: parseUrl(from) };
  const extension = path.extname(from).toLowerCase();
  if (extension === '.csv') return { kind: 'csv', file: from };
  if (['.json', '.jsonl', '.ndjson'].includes(extension)) return { kind: 'json', file: from };
  throw new UsageError(
    `--from: expected https://<project>.supabase.co, or a .csv, .json or .jsonl file, found ${from}.`,
  );
}

function parseUrl(from: string): string {
  if (!URL.canParse(from)) throw new UsageError('--from: expected https://<project>.supabase.co.');
  const { protocol, hostname, origin, pathname, username, password, search } = new URL(from);
  if (username || password || search)
    throw new UsageError(
      '--from takes the bare URL of the project; the key belongs in SUPABASE_SERVICE_ROLE_KEY.',
    );
  if (protocol !== 'https:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname))
    throw new UsageError('--from: the key would travel in the clear; use https.');
  return origin + pathname.replace(/\/+$/, '').replace(/\/auth\/v1$/, '');
}

function parsePool(to: string | undefined): string {
  if (!to)
    throw new UsageError('--to is missing: the id of the user pool, as in outputs.<environment>.json.');
  if (!/^[a-z]{2,}(-[a-z]+)+-\d+_[A-Za-z0-9]+$/.test(to))
    throw new UsageError(`--to: expected a user pool id such as eu-central-1_Ab1cD2eF3, found ${to}.`);
  return to;
}

function parseIssuer(issuer: string | undefined, from: UsersOptions['from']): string {
  if (issuer !== undefined) {
    if (!/^https?:\/\/\S+$/.test(issuer) || issuer.length > 512)
      throw new UsageError(
        '--issuer: expected a URL, exactly as it is in the tokens of the old system (claim iss).',
      );
    return issuer;
  }
  if (from.kind === 'supabase') return `${from.url}/auth/v1`;
  throw new UsageError(
    '--issuer is missing: a file does not say whose users these are. It is the claim iss of the old tokens, for Supabase https://<project>.supabase.co/auth/v1.',
  );
}

function oneOf<T extends string>(flag: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (!found) throw new UsageError(`${flag}: expected ${words.join(' or ')}, found ${value}.`);
  return found;
}

function positive(flag: string, value: string, most: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < 1 || number > most)
    throw new UsageError(`${flag}: expected a whole number from 1 to ${most}, found ${value}.`);
  return number;
}
