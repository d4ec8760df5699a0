/** What a person's tools need to work on the local system: AWS clients, the migration CLI, psql. */
import { databaseName, engineHost } from './engines';
import { localAccountId } from './intrinsics';
import type { Ports } from './ports';
import type { Role } from './roles';
import type { LocalSystem } from './system';

export interface AdministratorOptions {
  readonly system: LocalSystem;
  readonly region: string;
  readonly ports: Ports;
  /** Certificate authority of the local database. */
  readonly caFile: string;
  /** The database of `--postgres-url`. */
  readonly postgresUrl?: string | undefined;
}

/** Whoever runs the runtime may do everything in it that no policy of a resource denies; the account has no other person. */
export const administratorRole: Role = {
  arn: `arn:aws:iam::${localAccountId}:role/local-administrator`,
  name: 'local-administrator',
  policies: [
    {
      id: 'AdministratorAccess',
      document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
    },
  ],
};

/** Environment variables by which AWS clients and Postgres clients of this machine reach the local system. */
export function administratorEnvironment({
  system,
  region,
  ports,
  caFile,
  postgresUrl,
}: AdministratorOptions): Readonly<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken = '' } = system.roles.credentials(administratorRole.arn);
  const owner = system.declared.databaseOwner?.();
  const url =
    postgresUrl ??
    (owner &&
      `postgresql://${owner.username}:${encodeURIComponent(owner.password)}@${engineHost}:${ports.postgres}/${databaseName}` +
        `?sslrootcert=${encodeURIComponent(caFile)}`);
  return {
    AWS_ENDPOINT_URL: system.aws.url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    ...(url && { DATABASE_URL: url }),
  };
}

/** For `eval "$(curl -s ...)"` of a POSIX shell. */
export const asShell = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');
