/** The running system that the resource handlers build up: what the templates declared, once created. */
import type { AccessControl } from './access-control';
import type { AwsEndpoint } from './aws/endpoint';
import { type Delivery, noDelivery } from './cdn/distribution';
import type { Functions } from './lambda/functions';
import type { ScanPlan } from './malware-scans';
import type { ResourcePolicies } from './resource-policies';
import type { RestApiDefinition } from './rest-api/definition';
import type { Roles } from './roles';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface LocalSystem {
  readonly stateDirectory: string;
  readonly aws: AwsEndpoint;
  readonly database: Address & { readonly name: string };
  readonly cache: Address;
  /** Where a user pool's domain is served, without a slash at its end. */
  readonly signInUrl: string;
  /** Where a distribution is served, without a slash at its end. */
  readonly cdnUrl: string;
  readonly roles: Roles;
  /** Decides by the policies of the templates. */
  readonly accessControl: AccessControl;
  readonly resourcePolicies: ResourcePolicies;
  readonly functions: Functions;
  readonly declared: Declared;
}

/** What handlers only note down, for the parts of the runtime that act on it afterwards. */
export interface Declared {
  readonly restApis: Map<string, RestApiDefinition>;
  readonly schedules: Schedule[];
  readonly eventSources: EventSource[];
  readonly triggers: Trigger[];
  readonly userPools: UserPool[];
  /** Name -> resolved properties. */
  readonly buckets: Map<string, Readonly<Record<string, unknown>>>;
  readonly userPoolClients: { readonly userPoolId: string; readonly clientId: string }[];
  readonly userPoolDomains: UserPoolDomain[];
  readonly delivery: Delivery;
  readonly malwarePlans: ScanPlan[];
  /** Credentials of the owner of the database, as its secret holds them now. */
  databaseOwner: (() => DatabaseOwner) | undefined;
  /** What policies know the database by, when the templates have one. */
  database: DeclaredDatabase | undefined;
  /** The proxy in front of the database. */
  databaseProxy: DatabaseProxy | undefined;
  /** When the templates have a cache at all. */
  cache: DeclaredCache | undefined;
  /** Users of ElastiCache by group. */
  readonly cacheUserGroups: Map<string, readonly string[]>;
}

export interface DatabaseOwner {
  readonly username: string;
  readonly password: string;
}

export interface DeclaredDatabase {
  /** For example `db-ABCDEFGHIJKL01234`. */
  readonly resourceId: string;
  /** Whether it takes IAM tokens at all. */
  readonly takesTokens: boolean;
}

export interface DatabaseProxy {
  /** For example `prx-0123456789abcdef`. */
  readonly resourceId: string;
  /** In whose name it connects to the database. */
  readonly roleArn: string;
}

export interface DeclaredCache {
  /** Of the replication group. */
  readonly id: string;
  readonly userGroupIds: readonly string[];
}

export interface UserPool {
  readonly id: string;
  readonly arn: string;
}

export interface UserPoolDomain {
  readonly userPoolId: string;
  /** Without a slash at its end, as the templates' outputs have it. */
  readonly addressOnAws: string;
}

export interface Schedule {
  readonly name: string;
  /** What Scheduler becomes to run it. */
  readonly roleArn: string;
  /** By which the role's trust policy knows the schedule. */
  readonly groupArn: string;
  readonly everyMs: number;
  readonly targetArn: string;
  readonly input: unknown;
  /** Further attempts after a failed one. */
  readonly retries: number;
  readonly arn: string;
  /** Queue for a run that failed for good, of a function without one of its own. @default it is only said */
  readonly deadLetterArn?: string | undefined;
}

/** A queue whose messages start a function. */
export interface EventSource {
  readonly queueArn: string;
  readonly functionArn: string;
  readonly batchSize: number;
  /** How long a batch that is not full waits for more. */
  readonly windowSeconds: number;
  /** Whether the function answers which messages of a batch it failed with. */
  readonly reportsFailures: boolean;
  /** Batches at once. @default as many as the function has processes */
  readonly maximumConcurrency?: number | undefined;
}

/** A function that runs on every start, before the system is ready. */
export interface Trigger {
  readonly name: string;
  /** Function of the CDK that invokes it during a deployment. */
  readonly providerArn: string;
  readonly functionArn: string;
}

export function nothingDeclared(): Declared {
  return {
    restApis: new Map(),
    schedules: [],
    eventSources: [],
    triggers: [],
    userPools: [],
    buckets: new Map(),
    userPoolClients: [],
    userPoolDomains: [],
    delivery: noDelivery(),
    malwarePlans: [],
    databaseOwner: undefined,
    database: undefined,
    databaseProxy: undefined,
    cache: undefined,
    cacheUserGroups: new Map(),
  };
}
