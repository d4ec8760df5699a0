/** The engines that stand for AWS services, each on its own loopback port. */
import { timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { allowAll } from './aws/authorization';
import { type HostedSignIn, startHostedSignIn } from './aws/cognito/hosted/server';
import { type AwsEndpoint, startAwsEndpoint } from './aws/endpoint';
import { type OidcIssuer, startOidcIssuer } from './aws/oidc-issuer';
import { type Certificates, ensureCertificates } from './certificates';
import { localAccountId } from './intrinsics';
import type { InvocationResult } from './lambda/worker';
import type { Log } from './log';
import type { Ports } from './ports';
import { startPostgres } from './postgres/server';
import { startRedis } from './redis/server';
import type { Roles } from './roles';
import type { Declared } from './system';

/** Name of the database every environment uses. */
export const databaseName = 'landfall';
/** Name functions reach the engines by; the local certificates are made out to it. */
export const engineHost = 'localhost';

interface Closable {
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly ports: Ports;
  readonly stateDirectory: string;
  readonly region: string;
  readonly roles: Roles;
  readonly log: Log;
  /** Filled while resources are created; logins are checked against it. */
  readonly declared: Declared;
  /** A real Postgres to use instead of the embedded one. */
  readonly postgresUrl?: string | undefined;
  /** Where a prepared database is kept, so that a first start need not create extensions again. */
  readonly postgresTemplate: string;
  /** Invokes a function of the templates, which come into being after the engines. */
  readonly invokeFunction: (functionArn: string, event: object) => Promise<InvocationResult>;
}

export class Engines {
  readonly #options: EngineOptions;
  readonly #started: Closable[] = [];
  #aws: AwsEndpoint | undefined;
  #closed = false;

  private constructor(
    options: EngineOptions,
    readonly certificates: Certificates,
  ) {
    this.#options = options;
  }

  /** Starts the AWS endpoint; the others are started as the templates need them. */
  static async open(options: EngineOptions): Promise<Engines> {
    const { ports, stateDirectory, region, roles, log } = options;
    const engines = new Engines(options, await ensureCertificates(join(stateDirectory, 'certificates')));
    engines.#aws = engines.#keep(
      await startAwsEndpoint({
        port: ports.aws,
        stateDirectory: join(stateDirectory, 'aws'),
        region,
        accountId: localAccountId,
        principals: roles.principals,
        authorize: allowAll,
        log: (line) => log.note('aws', line),
        invokeTrigger: options.invokeFunction,
        // What would be an e-mail on AWS: without it nobody could confirm a sign-up.
        deliverMail: ({ to, kind, code }) => log.say('mail', `mail to ${to}: ${kind} ${code}`),
      }),
    );
    return engines;
  }

  get aws(): AwsEndpoint {
    if (!this.#aws) throw new Error('The AWS endpoint is not started.');
    return this.#aws;
  }

  async startPostgres(): Promise<void> {
    const { ports, stateDirectory, log, postgresUrl, postgresTemplate } = this.#options;
    this.#keep(
      await startPostgres({
        dataDirectory: join(stateDirectory, 'postgres'),
        port: ports.postgres,
        tls: this.certificates,
        databaseName,
        authenticate: (user, password) => this.#admitToDatabase(user, password),
        log: (line) => log.note('postgres', line),
        ...(postgresUrl && { url: postgresUrl }),
        template: postgresTemplate,
      }),
    );
  }

  async startRedis(cacheId: string): Promise<void> {
    const { ports } = this.#options;
    this.#keep(
      await startRedis({
        port: ports.redis,
        tls: this.certificates,
        authenticate: (user, password) => this.aws.verifyToken(user, password, 'elasticache', cacheId),
      }),
    );
  }

  /** Address of {@link startHostedSignIn}, known before it is started. */
  get signInUrl(): string {
    return `https://${engineHost}:${this.#options.ports.oidc}`;
  }

  async startHostedSignIn(poolId: string): Promise<HostedSignIn> {
    const { ports, log } = this.#options;
    return this.#keep(
      await startHostedSignIn({
        port: ports.oidc,
        tls: this.certificates,
        engine: this.aws.cognito,
        poolId,
        log: (line) => log.note('sign-in', line),
      }),
    );
  }

  async startOidcIssuer(audience: string): Promise<OidcIssuer> {
    const { ports, stateDirectory } = this.#options;
    return this.#keep(
      await startOidcIssuer({
        port: ports.oidc,
        tls: this.certificates,
        issuer: `https://${engineHost}:${ports.oidc}`,
        audience,
        stateDirectory: join(stateDirectory, 'aws'),
      }),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#started.splice(0).map((engine) => engine.close()));
  }

  #keep<T extends Closable>(engine: T): T {
    // A start that failed elsewhere does not wait for a database that is still starting.
    if (this.#closed) void engine.close();
    else this.#started.push(engine);
    return engine;
  }

  /** As RDS: the owner by password, everybody else by IAM token. */
  async #admitToDatabase(user: string, password: string): Promise<boolean> {
    const owner = this.#options.declared.databaseOwner?.();
    if (owner && user === owner.username) return sameText(password, owner.password);
    return this.aws.verifyToken(user, password, 'rds', `${engineHost}:${this.#options.ports.postgres}`);
  }
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
