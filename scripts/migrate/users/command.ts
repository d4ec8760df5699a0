import { createHash } from 'node:crypto';
import path from 'node:path';
import { type Command, exit, type Shell } from '../command';
import { databaseAddress, TargetDatabase } from '../target-database';
import { csvSource } from './csv-source';
import { DoneUsers } from './done';
import { Identities } from './identities';
import { jsonSource } from './json-source';
import { defaults, parseOptions, type UsersOptions } from './options';
import { issuerOf, Pool } from './pool';
import { ReportFile } from './report';
import { type RunDependencies, run } from './run';
import { asJson, asText, type Summary } from './summary';
import { supabaseSource } from './supabase-source';
import type { UserSource } from './user';

const help = `npm run landfall -- migrate users --from <source> --to <user pool id> [options]

Moves users to a Cognito user pool and keeps their data theirs. Says what it would do; --execute does it. Sends no
mail. What is done is kept: run it again after an interruption, a failure, or for users who came later.

  --from <source>              https://<project>.supabase.co (key in SUPABASE_SERVICE_ROLE_KEY), or a file: auth.users
                               exported as .csv, .json or .jsonl, or with the columns
                               id, email, name, confirmed, banned, password_hash
  --to <user pool id>          for example eu-central-1_Ab1cD2eF3; AWS credentials as for every AWS client
  --issuer <url>               claim iss of the old tokens (<url>/auth/v1 of Supabase; needed for a file)

  --password-users lazy        users with a password are not created: they move with it at their next sign-in (default)
  --password-users create      they are created too, and choose a new one by "forgot password"
  --unknown-passwords lazy|create   the same choice for users of whom the source does not tell (Supabase's API never
                               does); needed to execute when there are any
  --with-hashes                keep the bcrypt hashes of lazy users for the user-migration trigger

  --check                      a plan that asks the pool which users are there
  --execute                    write, to the pool and to the database of DATABASE_URL
                               (postgresql://owner:password@host:5432/name?sslrootcert=file)
  --rate <number>              creations a second (${defaults.rate}). Cognito's quota for UserCreation is 50 a second for the account
                               and region, which sign-ups share: docs.aws.amazon.com/cognito/latest/developerguide/
                               quotas.html, read 2026-11-26
  --concurrency <number>       users at the same time (${defaults.concurrency})
  --batch <number>             creations between two entries of the journal (${defaults.batch}); a database far away wants it large
  --journal <file>             what is done (.landfall/migrate/users-<hash>.jsonl)
  --report <file>              every user's outcome with the reason, as .csv or .jsonl
  --json                       print the summary as JSON

The whole procedure: docs/migrating-users.md.

Exit codes: 0 done, 1 users failed or the run did, 2 wrong usage, 130 interrupted.`;

async function main(args: readonly string[], shell: Shell): Promise<number> {
  const options = parseOptions(args, shell.env);
  const closing: (() => unknown)[] = [];
  try {
    const deps = await dependencies(options, shell, closing);
    const summary = await run(deps, options);
    shell.stdout.write(`${options.json ? asJson(summary) : asText(summary)}\n`);
    return exitCode(summary);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function exitCode({ phase, tally, interrupted }: Summary): number {
  if (interrupted) return exit.interrupted;
  return phase === 'execute' && tally.count('failed') > 0 ? exit.failed : exit.done;
}

async function dependencies(
  options: UsersOptions,
  shell: Shell,
  closing: (() => unknown)[],
): Promise<RunDependencies> {
  const { stderr: out, interrupted, env } = shell;
  const log = (line: string) => out.write(`${line}\n`);
  // Everything that can be refused is, before anything is opened.
  const address = options.execute ? databaseAddress(env.DATABASE_URL) : undefined;
  const deps = { source: sourceOf(options, shell, log), out, interrupted };
  const report = options.report === undefined ? undefined : await ReportFile.open(options.report);
  if (report) closing.push(() => report.close());
  if (!options.execute && !options.check) return { ...deps, report };

  const pool = await Pool.open({
    poolId: options.to,
    sourceIssuer: options.issuer,
    perSecond: options.rate,
    interrupted,
    log,
  });
  closing.push(() => pool.close());
  if (!address) return { ...deps, report, pool };

  const belongsTo = journalHeader(options, deps.source, address.name);
  const done = await DoneUsers.open(options.journal ?? defaultJournal(belongsTo), belongsTo);
  closing.push(() => done.close());
  const database = new TargetDatabase(address, { interrupted, log });
  closing.push(() => database.close());
  const issuers = { source: options.issuer, pool: issuerOf(options.to) };
  return { ...deps, report, pool, target: { identities: new Identities(database, issuers), done } };
}

function sourceOf({ from }: UsersOptions, shell: Shell, log: (line: string) => void): UserSource {
  const now = Date.now();
  if (from.kind !== 'supabase') return (from.kind === 'csv' ? csvSource : jsonSource)(from.file, now);
  return supabaseSource({
    url: from.url,
    serviceRoleKey: shell.env.SUPABASE_SERVICE_ROLE_KEY ?? '',
    now,
    interrupted: shell.interrupted,
    log,
  });
}

/** What has to be the same for a run to go on with a journal; what happens to a user is part of the user's entry. */
function journalHeader(options: UsersOptions, source: UserSource, database: string) {
  const { to, issuer, withHashes } = options;
  return { landfall: 'migrate users', version: 1, from: source.name, issuer, to, database, withHashes };
}

function defaultJournal(belongsTo: object): string {
  const hash = createHash('sha256').update(JSON.stringify(belongsTo)).digest('hex').slice(0, 12);
  return path.join('.landfall', 'migrate', `users-${hash}.jsonl`);
}

export const command: Command = { help, main };
