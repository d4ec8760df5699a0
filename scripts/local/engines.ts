/** The engines that stand for AWS services, each on its own loopback port. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Authorizer } from './aws/authorization';
import { startHostedSignIn } from './aws/cognito/hosted/server';
import { type AwsEndpoint, startAwsEndpoint } from './aws/endpoint';
import type { InvokeFunction } from './aws/lambda/background-events';
import { type OidcIssuer, startOidcIssuer } from './aws/oidc-issuer';
import { startCdn } from './cdn/server';
import { type Certificates, ensureCertificates } from './certificates';
import { cognitoMail } from './cognito-mail';
import { localAccountId } from './intrinsics';
import type { Log } from './log';
import { admitToCache, admitToDatabase, type LoginsOptions } from './logins';
import { firstLink, Mailbox } from './mailbox';
import type { Ports } from './ports';
import { startPostgres } from './postgres/server';
import { startRedis } from './redis/server';
import type { Roles } from './roles';
import type { Declared } from './system';
import type { TlsServer } from './tls-server';

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
  readonly authorize: Authorizer;
  readonly log: Log;
  /** Filled while resources are created; logins are checked against it. */
  readonly declared: Declared;
  /** Runs functions of the templates, for user pools and for callers of the Lambda API. */
  readonly invokeFunction: InvokeFunction;
  readonly hasFunction: (arn: string) => boolean;
  /** A real Postgres to use instead of the embedded one. */
  readonly postgresUrl?: string | undefined;
  /** Where a prepared database is kept, so that a first start need not create extensions again. */
  readonly postgresTemplate: string;
}

export class Engines {
  readonly #options: EngineOptions;
  readonly #started: Closable[] = [];
  #aws: AwsEndpoint | undefined;
  #closed = false;

  private constructor(
    options: EngineOptions,
    readonly certificates: Certificates,
    readonly mailbox: Mailbox,
  ) {
    this.#options = options;
  }

  /** Starts the AWS endpoint; the others are started as the templates need them. */
  static async open(options: EngineOptions): Promise<Engines> {
    const { ports, stateDirectory, region, roles, authorize, log, invokeFunction, hasFunction } = options;
    const mailbox = await Mailbox.open(join(stateDirectory, 'mailbox.json'));
    const certificates = await ensureCertificates(join(stateDirectory, 'certificates'));
    const engines = new Engines(options, certificates, mailbox);
    engines.#aws = engines.#keep(
      await startAwsEndpoint({
        port: ports.aws,
        stateDirectory: join(stateDirectory, 'aws'),
        region,
        accountId: localAccountId,
        principals: roles.principals,
        authorize,
        log: (line) => log.note('aws', line),
        // What would be an e-mail on AWS: without its code nobody could confirm a sign-up.
        deliverMail: (mail) => {
          mailbox.deliver(cognitoMail(mail));
          mailbox
            .written()
            .catch((error: Error) => log.say('mail', `the mailbox cannot be kept: ${error.message}`));
          log.say('mail', `mail to ${mail.to}: ${mail.kind} ${mail.code}`);
        },
        sendMail: async (mail) => {
          mailbox.deliver(mail);
          await mailbox.written();
          const line = `mail to ${mail.to.join(', ')}: ${mail.subject}`;
          // A link may sign in whoever has it: the terminal shows it, the log does not keep it.
          log.add('mail', line, `${line} ${firstLink(mail) ?? ''}`.trimEnd());
        },
        invokeFunction,
        hasFunction,
        report: (line) => log.say('lambda', line),
        invokeTrigger: (arn, event) => invokeFunction(arn, event, randomUUID()),
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
        authenticate: (user, password) => admitToDatabase(this.#logins, user, password),
        log: (line) => log.note('postgres', line),
        ...(postgresUrl && { url: postgresUrl }),
        template: postgresTemplate,
      }),
    );
  }

  async startRedis(): Promise<void> {
    const { ports } = this.#options;
    this.#keep(
      await startRedis({
        port: ports.redis,
        tls: this.certificates,
        authenticate: (user, password) => admitToCache(this.#logins, user, password),
      }),
    );
  }

  /** Address of {@link startHostedSignIn}, known before it is started. */
  get signInUrl(): string {
    return `https://${engineHost}:${this.#options.ports.oidc}`;
  }

  async startHostedSignIn(poolId: string): Promise<TlsServer> {
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

  /** Address of {@link startCdn}, known before it is started. */
  get cdnUrl(): string {
    return `https://${engineHost}:${this.#options.ports.cdn}`;
  }

  /** @throws when the templates declare several distributions, for which one address is too little */
  async startCdn(): Promise<TlsServer | undefined> {
    const { ports, log, declared } = this.#options;
    const [distribution, ...more] = declared.delivery.distributions;
    if (more.length > 0)
      throw new Error(`The local runtime serves one distribution; the templates declare ${more.length + 1}.`);
    if (!distribution) return undefined;
    return this.#keep(
      await startCdn({
        port: ports.cdn,
        tls: this.certificates,
        delivery: declared.delivery,
        distribution,
        s3: this.aws.s3,
        authorize: this.#options.authorize,
        log: (line) => log.note('cdn', line),
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

  get #logins(): LoginsOptions {
    const { ports } = this.#options;
    const { verifyToken } = this.aws;
    return { ...this.#options, verifyToken, databaseHost: `${engineHost}:${ports.postgres}` };
  }
}
