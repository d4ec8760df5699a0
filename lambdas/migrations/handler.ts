import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from 'pg';
import * as z from 'zod';
import { environmentTarget } from '../shared/database';
import { ownerTarget } from '../shared/database-secret';
import { readEnv } from '../shared/env';
import { logger } from '../shared/logger';
import { secrets } from '../shared/secrets';
import { type MigrationSummary, migrate, type Session } from './migrate';
import { connectAsOwner } from './owner';
import { parseMigrations } from './plan';

const envSchema = z.object({
  DATABASE_SECRET_ARN: z.string().min(1),
  DATABASE_HOST: z.string().optional(),
  DATABASE_PORT: z.string().optional(),
  DATABASE_NAME: z.string().optional(),
});

/** Runs on every deployment, before anything that uses the schema. A thrown error fails the deployment. */
export async function handler(): Promise<MigrationSummary> {
  const env = readEnv(envSchema);
  const migrations = parseMigrations(await readSql(path.join(__dirname, 'sql')));
  // A rotated password may be newer than what an instance remembers.
  const secret = await secrets.refresh(env.DATABASE_SECRET_ARN, z.looseObject({}));
  // A secret that RDS manages holds the user name and the password, and not where to connect.
  const place = { host: env.DATABASE_HOST, port: env.DATABASE_PORT, dbname: env.DATABASE_NAME };
  const password = ownerTarget({ ...place, ...secret });
  const token = env.DATABASE_HOST
    ? environmentTarget({ ...process.env, DATABASE_SECRET_ARN: undefined, DATABASE_USER: password.user })
    : undefined;
  const client = await connectAsOwner({ password, token });
  client.on('notice', ({ severity, message }) => {
    if (severity === 'WARNING') logger.warn('the migration goes on, but somebody must act', { message });
  });
  try {
    const summary = await migrate(sessionOf(client), migrations);
    if (summary.ahead.length > 0) logger.warn('the database is ahead of this code', { ...summary });
    else logger.info('migrations applied', { ...summary });
    return summary;
  } finally {
    await client.end();
  }
}

export async function readSql(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql'));
  const texts = await Promise.all(names.map((name) => readFile(path.join(directory, name), 'utf8')));
  return Object.fromEntries(names.map((name, index) => [name, texts[index] as string]));
}

export function sessionOf(client: Client): Session {
  return {
    execute: async (sql) => {
      await client.query(sql);
    },
    rows: async (sql, values = []) => (await client.query(sql, [...values])).rows,
  };
}
