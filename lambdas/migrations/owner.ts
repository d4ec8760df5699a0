import { Client } from 'pg';
import { isRefusedSignIn, type Target } from '../shared/connection';

const connectTimeoutMs = 10_000;

/** The owner's ways into the database. */
export interface OwnerSignIn {
  readonly password: Target;
  /** The same place with an IAM token instead of a password. Absent for a database that is not on RDS. */
  readonly token?: (() => Promise<Target>) | undefined;
}

/**
 * Connects as the owner: by password, and by IAM token once the server refuses the password.
 *
 * RDS takes nothing but tokens from members of rds_iam, and a rule of pg_hba.conf for the members of a role counts
 * indirect ones. Since Postgres 16 whoever creates a role is a member of it, which only a superuser could undo. So
 * the owner, who creates `app` and grants it rds_iam, may find its password refused from the second deployment on.
 */
export async function connectAsOwner({ password, token }: OwnerSignIn): Promise<Client> {
  try {
    return await connect(password);
  } catch (error) {
    if (!token || !isRefusedSignIn(error)) throw error;
    return connect(await token());
  }
}

async function connect({ ca, role: _role, whenRefused: _whenRefused, ...target }: Target): Promise<Client> {
  const client = new Client({
    ...target,
    ssl: { rejectUnauthorized: true, ...(ca !== undefined && { ca }) },
    connectionTimeoutMillis: connectTimeoutMs,
  });
  await client.connect();
  return client;
}
