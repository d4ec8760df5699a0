/**
 * The local runtime: builds and synthesizes an environment, starts the engines, creates what the templates
 * declare, runs the deployment's triggers, and serves the API.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../lib/config/load';
import { checkPolicy, decide } from '../../lib/iam/evaluate';
import { AccessControl } from './access-control';
import { AccessRecord } from './access-record';
import { administratorEnvironment, administratorRole } from './administrator';
import { readAssembly } from './assembly';
import type { Authorizer } from './aws/authorization';
import { consolePages } from './console/pages';
import { deploy } from './deployment';
import { databaseName, Engines, engineHost } from './engines';
import { EventSources } from './event-sources';
import { HttpServer } from './http-server';
import { exampleUser, foreignIdentity, type Identity, issuerIdentity, poolIdentity } from './identity';
import { refuseSecondInstance, takeLock } from './instance-lock';
import { localAccountId } from './intrinsics';
import { writeBootstrap } from './lambda/bootstrap-file';
import type { FunctionDefinition } from './lambda/definition';
import { Functions } from './lambda/functions';
import type { LocalFacts } from './lambda/local-values';
import { deniedLogAction } from './lambda/service-role';
import { terminalLine } from './lambda/terminal-line';
import { Log } from './log';
import { MalwareScans } from './malware-scans';
import { claimPorts, type Ports } from './ports';
import { ResourcePolicies } from './resource-policies';
import { registry } from './resources/registry';
import type { RestApiDefinition } from './rest-api/definition';
import { createGateway, type Gateway } from './rest-api/gateway';
import { Roles } from './roles';
import type { Runtime } from './running';
import { Schedules } from './schedules';
import { removeState } from './state-directory';
import { synthesizeIfChanged } from './synthesis';
import { type Declared, type LocalSystem, nothingDeclared } from './system';
import { runTriggers } from './triggers';

/**
 * An empty database with its extensions, kept from the first start of this checkout for every later first start.
 * It holds nobody's data, so --fresh leaves it alone.
 */
const postgresTemplate = join(__dirname, '..', '..', 'node_modules', '.cache', 'landfall', 'postgres.tar.gz');

export interface RuntimeOptions {
  /** First of six ports in a row; 0 takes free ones. @default 4000 */
  readonly port?: number;
  /** Everything that survives a restart is in it. */
  readonly stateDirectory: string;
  /** Remove the state first. @default false */
  readonly fresh?: boolean;
  /** @default 'local' */
  readonly environment?: string;
  /** @default 'platform' */
  readonly blueprint?: string;
  /** Directory of an assembly to run. @default the sources are built and synthesized */
  readonly assembly?: string;
  /** A real Postgres instead of the embedded one. */
  readonly postgresUrl?: string | undefined;
  /** Receives what belongs into a terminal. @default nothing is printed */
  readonly print?: (line: string) => void;
}

/**
 * @throws {ConfigurationError} when there is no such environment or blueprint
 * @throws {AlreadyRunningError} when a runtime with the same state directory runs
 * @throws {PortInUseError} when another program has one of the ports
 * @throws {NotOurDirectoryError} when --fresh would remove files that no runtime has written
 * @throws {Error} when the templates contain something that cannot run, or a trigger fails
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { stateDirectory, port = 4000, fresh = false, print = () => undefined } = options;
  const { environment = 'local', blueprint = 'platform' } = options;
  const { region } = loadConfig(environment, blueprint).environment;
  const lockFile = join(stateDirectory, 'lock.json');
  await refuseSecondInstance(lockFile);
  const ports = await claimPorts(port);
  if (fresh) removeState(stateDirectory);

  // Nobody else on this machine may read the local credentials and files.
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const log = new Log(join(stateDirectory, 'runtime.log'), print);
  const closing: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step();
    await log.close();
  };
  try {
    const http = new HttpServer({ log });
    await http.listen(ports.api);
    closing.push(() => http.close());
    const url = `http://localhost:${ports.api}`;
    const lock = await takeLock(lockFile, url, (id) => http.identify(id));
    closing.push(() => lock.release());
    return await start({ ...options, environment, blueprint, region, ports, url, log, http, closing, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Starting extends RuntimeOptions {
  readonly environment: string;
  readonly blueprint: string;
  readonly region: string;
  readonly ports: Ports;
  readonly url: string;
  readonly log: Log;
  readonly http: HttpServer;
  /** What has to be stopped, in the order of starting. */
  readonly closing: (() => Promise<void> | void)[];
  readonly close: () => Promise<void>;
}

async function start(starting: Starting): Promise<Runtime> {
  const { stateDirectory, region, ports, url, log, http, closing, close } = starting;
  const began = performance.now();
  const reached = (what: string) =>
    log.note('runtime', `${what} after ${Math.round(performance.now() - began)} ms`);
  const declared = nothingDeclared();
  const roles = new Roles(join(stateDirectory, 'principals.json'));
  roles.add(administratorRole);
  const resourcePolicies = new ResourcePolicies();
  const access = new AccessRecord(starting.assembly ?? join(stateDirectory, 'cdk.out'));
  const accessFile = join(stateDirectory, 'iam', 'record.json');
  closing.push(() => access.save(accessFile));
  const accessControl = new AccessControl({
    accountId: localAccountId,
    region,
    roles,
    resourcePolicies,
    decide,
    checkPolicy,
    record: access,
    report: (line) => log.add('iam', line, `denied: ${line}`),
  });
  const engines = await Engines.open({
    ...starting,
    roles,
    authorize: accessControl.authorize,
    declared,
    postgresTemplate,
    // Nothing asks for a function before the templates have declared what asks.
    invokeFunction: (arn, event, requestId) => functions.invoke(arn, event, requestId),
    hasFunction: (arn) => functions.has(arn),
  });
  closing.push(() => engines.close());

  // Both take seconds of processor time and need nothing from each other.
  const postgres = engines.startPostgres();
  // Its failure is reported where it is awaited, below; until then it must not count as unhandled.
  postgres.then(
    () => reached('Postgres is up'),
    () => undefined,
  );
  const assembly = starting.assembly ?? join(stateDirectory, 'cdk.out');
  const changed = !starting.assembly && (await synthesizeIfChanged({ ...starting, outdir: assembly }));
  reached(changed ? 'the assembly is synthesized' : 'the assembly is found');
  access.resume(accessFile);

  let facts: LocalFacts | undefined;
  const functions = new Functions({
    region,
    awsEndpointUrl: () => engines.aws.url,
    credentials: (roleArn, functionArn) => roles.credentials(roleArn, functionArn),
    facts: () => facts as LocalFacts,
    bootstrapFile: writeBootstrap(join(stateDirectory, 'functions')),
    home: join(stateDirectory, 'functions'),
    log: (label, line) => log.add(label, line, terminalLine(label, line)),
    started: (definition) => void sayLostLogs(accessControl.authorize, definition, log),
  });
  closing.push(() => functions.close());
  closing.push(() => engines.aws.lambdaEvents.close());
  const { caFile } = engines.certificates;
  const system: LocalSystem = {
    stateDirectory,
    aws: engines.aws,
    database: { host: engineHost, port: ports.postgres, name: databaseName },
    cache: { host: engineHost, port: ports.redis },
    signInUrl: engines.signInUrl,
    cdnUrl: engines.cdnUrl,
    roles,
    accessControl,
    resourcePolicies,
    functions,
    declared,
  };
  // Enough for the functions of custom resources, which run while the rest is still being created.
  facts = { caFile, database: system.database };
  const deployed = await deploy(readAssembly(assembly, region), registry, system);
  accessControl.check();
  reached('the resources are created');
  if (declared.cache) await engines.startRedis();
  const { identity, issuer } = await openIdentity(engines, functions, declared, starting);
  await engines.startCdn();
  const cdn = {
    declared: declared.delivery.distributions.flatMap(({ aliases }) => aliases),
    actual: system.cdnUrl,
  };
  facts = { caFile, database: system.database, cdn, ...(issuer && { issuer }) };

  await postgres;
  const { authorize } = accessControl;
  await runTriggers(declared.triggers, { functions, log, authorize });
  reached('the triggers have run');
  await engines.aws.lambdaEvents.resume((arn) => functions.has(arn));
  const { lambdaEvents, sqs } = engines.aws;
  const schedules = new Schedules({
    schedules: declared.schedules,
    functions,
    log,
    authorize,
    lambdaEvents,
    sqs,
  });
  schedules.start();
  closing.push(() => schedules.stop());
  const queues = engines.aws.sqs;
  const eventSources = new EventSources({ sources: declared.eventSources, queues, functions, region, log });
  eventSources.start();
  closing.push(() => eventSources.stop());
  const { s3, events } = engines.aws;
  const say = (line: string) => log.say('guardduty', line);
  const scans = new MalwareScans({ plans: declared.malwarePlans, s3, events, authorize, say });
  scans.start();
  closing.push(() => scans.stop());

  const [api, ...more] = declared.restApis.values();
  if (!api || more.length > 0) {
    throw new Error(
      `The local runtime serves one REST API; the templates declare ${declared.restApis.size}.`,
    );
  }
  const runtime: Runtime = {
    url,
    ports,
    deployed,
    identity,
    functions,
    schedules,
    queues,
    access,
    log,
    close,
  };
  http.serve(
    gatewayOf(api, system, runtime, region),
    consolePages(runtime, {
      ...starting,
      api,
      declared,
      caFile,
      mailbox: engines.mailbox,
      signInUrl: system.signInUrl,
      cdnUrl: system.cdnUrl,
      administrator: () => administratorEnvironment({ ...starting, system, caFile }),
    }),
  );
  return runtime;
}

function gatewayOf(
  api: RestApiDefinition,
  { aws, accessControl: { authorize } }: LocalSystem,
  { functions, log }: Runtime,
  region: string,
): Gateway {
  const gateway = createGateway(api, {
    region,
    userPools: {
      issuer: (poolId) => aws.cognito.pool(poolId).issuer,
      jwks: (poolId) => aws.cognito.jwks(poolId),
    },
    authorize,
    invoke: (arn, event, requestId) => functions.invoke(arn, event, requestId),
    nameOf: (arn) => functions.definition(arn).label,
    log: (line) => log.say('runtime', line),
  });
  // Nobody should wait for the code to load at the first request.
  for (const { integration } of api.methods)
    if (integration.functionArn) functions.warm(integration.functionArn);
  return gateway;
}

/** Cognito where the templates have a pool; otherwise the issuer they name, started here when it is on this machine. */
async function openIdentity(
  engines: Engines,
  functions: Functions,
  declared: Declared,
  { stateDirectory, ports }: Starting,
): Promise<{ identity: Identity; issuer?: { declared: string; actual: string } }> {
  const [client] = declared.userPoolClients;
  if (client) {
    const passwordFile = join(stateDirectory, 'user-password');
    const hosted = declared.userPoolDomains.some(({ userPoolId }) => userPoolId === client.userPoolId);
    const signInUrl = hosted ? (await engines.startHostedSignIn(client.userPoolId)).url : undefined;
    return { identity: poolIdentity(engines.aws.cognito, client, passwordFile, signInUrl) };
  }
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience = '' } =
    functions.definitions.find(({ environment }) => environment.OIDC_ISSUER)?.environment ?? {};
  if (!issuer)
    throw new Error('The templates have neither a user pool client nor a function with OIDC_ISSUER.');
  if (!/^https:\/\/localhost(:\d+)?\/?$/.test(issuer)) {
    return { identity: foreignIdentity(issuer) };
  }
  const actual = `https://${engineHost}:${ports.oidc}`;
  const started = await engines.startOidcIssuer(audience);
  return { identity: issuerIdentity(started, actual), issuer: { declared: issuer, actual } };
}

/** On AWS nobody would hear of it: there would be no log to read it in. */
async function sayLostLogs(authorize: Authorizer, definition: FunctionDefinition, log: Log): Promise<void> {
  const denied = await deniedLogAction(authorize, definition);
  if (denied !== undefined)
    log.say('iam', `on AWS what ${definition.label} prints would be lost: its role may not ${denied}`);
}

/** Token of the user the runtime's examples use; undefined when tokens come from elsewhere. */
export const exampleToken = async ({ identity }: Runtime): Promise<string | undefined> =>
  identity.local ? identity.token(exampleUser) : undefined;
