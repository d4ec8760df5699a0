/** Users as `\\copy auth.users` exports them, and the command over such a file. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Shell } from '../../../../scripts/migrate/command';
import { oldIssuer, type Target } from './target';

export const ann = {
  id: 'aaaaaaaa-0000-4000-8000-000000000001',
  email: 'Ann@example.com',
  name: 'Ann Ámber',
};

export const hash = `$2a$10$${'x'.repeat(53)}`;
export const argon = '$argon2id$v=19$m=65536$c2FsdA$aGFzaA';
const header =
  'id,email,encrypted_password,email_confirmed_at,banned_until,raw_user_meta_data,raw_app_meta_data,created_at,is_anonymous,deleted_at';

export interface Row {
  readonly id?: string;
  readonly email?: string;
  readonly password?: string;
  readonly confirmed?: boolean;
  readonly bannedUntil?: string;
  readonly name?: string;
  readonly anonymous?: boolean;
  readonly deletedAt?: string;
  readonly provider?: string;
}

const quoted = (value: unknown) => `"${JSON.stringify(value).replaceAll('"', '""')}"`;

/** A row as `\copy auth.users` writes it. */
function row({
  id = randomUUID(),
  email = '',
  password = '',
  confirmed = true,
  bannedUntil = '',
  name,
  anonymous = false,
  deletedAt = '',
  provider = 'email',
}: Row): string {
  return [
    ...[
      id,
      `"${email.replaceAll('"', '""')}"`,
      password,
      confirmed ? '2024-05-06 07:08:09.123+00' : '',
      bannedUntil,
    ],
    quoted(name === undefined ? {} : { full_name: name }),
    quoted({ provider, providers: [provider] }),
    ...['2023-01-02 03:04:05+00', anonymous ? 't' : 'f', deletedAt],
  ].join(',');
}

/** Where `migrate` keeps its journal. */
export const journalOf = (target: Target) => path.join(target.directory, 'journal');

/** Runs the command over a file of these users; the summary is parsed. */
export async function migrate(
  target: Target,
  rows: readonly Row[],
  more: readonly string[],
  shell: Partial<Shell> = {},
) {
  const from = await target.file('users.csv', `${[header, ...rows.map(row)].join('\n')}\n`);
  const keeping = more.includes('--execute') ? ['--journal', journalOf(target)] : [];
  const args = ['--from', from, '--to', target.poolId, '--issuer', oldIssuer, '--json', '--rate', '10000'];
  const ended = await target.migrate([...args, ...keeping, ...more], shell);
  return { ...ended, summary: JSON.parse(ended.stdout) };
}

/** Outcomes that there are, with their numbers. */
export const counts = (summary: { outcomes: Record<string, { count: number }> }) =>
  Object.fromEntries(
    Object.entries(summary.outcomes)
      .filter(([, { count }]) => count > 0)
      .map(([outcome, { count }]) => [outcome, count]),
  );
