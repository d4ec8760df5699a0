import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Contract, Use } from '../../lambdas/shared/contract';
import type {
  ApiConfig,
  AuthConfig,
  Blueprint,
  DocumentsConfig,
  PhotosConfig,
  ResumesConfig,
} from '../config/schema';
import { usesCache, usesDatabase } from '../contracts';
import { ApiFunction } from './api-function';
import type { CacheAccess } from './cache-access';
import { type ConnectionShares, concurrencyOf } from './connection-budget';
import type { DatabaseAccess } from './database-access';
import type { FunctionDefaults, FunctionNetwork, NodeFunction } from './function';
import { grantUses } from './route-grants';
import type { UrlSigner } from './signing-keys';
import type { Table } from './table';

/** Our own user pool, as far as the API knows it. */
export interface Users {
  readonly userPool: IUserPool;
  readonly client: IUserPoolClient;
  /** Absent without sign-in by magic link. */
  readonly magicLinks?: Table | undefined;
}

export interface ApiFunctionsProps {
  readonly contracts: readonly Contract[];
  readonly api: ApiConfig;
  readonly documents: DocumentsConfig & {
    readonly formats: Blueprint['documentFormats'];
    /** Files are scanned for malware. */
    readonly scanned: boolean;
  };
  readonly resumes: ResumesConfig & { readonly scanned: boolean };
  readonly photos: PhotosConfig;
  readonly magicLink?: AuthConfig['magicLink'];
  /** @default tokens come from an issuer that is not ours */
  readonly users?: Users | undefined;
  readonly network: FunctionNetwork;
  readonly database: DatabaseAccess;
  /** Copies that the database allows, by domain. @default not limited */
  readonly connections?: ConnectionShares | undefined;
  /** @default routes that would use a cache cope without */
  readonly cache?: CacheAccess | undefined;
  readonly documentsBucket: IBucket;
  /** Absent without the capability. */
  readonly photosBucket?: IBucket | undefined;
  /** Signs addresses of photos. Absent without the capability. */
  readonly photoSigner?: UrlSigner | undefined;
  /** Address of the distribution that serves photos. */
  readonly cdnUrl: string;
  /** Writes the exports of accounts. */
  readonly accountExport: NodeFunction;
  readonly functions: FunctionDefaults;
}

/** One function per contract, with what its routes use and nothing else. By domain. */
export function createApiFunctions(
  scope: Construct,
  props: ApiFunctionsProps,
): ReadonlyMap<string, ApiFunction> {
  return new Map(props.contracts.map((contract) => [contract.domain, create(scope, contract, props)]));
}

function create(scope: Construct, contract: Contract, props: ApiFunctionsProps): ApiFunction {
  const { database, users, functions, network, connections, accountExport } = props;
  const uses = contract.routes.flatMap((route) => route.uses);
  const needsDatabase = usesDatabase(contract);
  const cache = usesCache(contract) ? props.cache : undefined;
  const fn = new ApiFunction(scope, contract.domain, {
    ...functions,
    contract,
    network:
      needsDatabase || cache
        ? network
        : {
            reason: 'Uses neither database nor cache, and starts faster outside the VPC.',
            date: '2026-11-20',
          },
    securityGroups: [
      ...(needsDatabase ? database.clientSecurityGroups : []),
      ...(cache?.clientSecurityGroups ?? []),
    ],
    reservedConcurrency: concurrencyOf(connections, contract.domain),
    environment: {
      CORS_ORIGINS: props.api.corsOrigins.join(','),
      ...(needsDatabase ? database.environmentFor('app') : {}),
      ...cache?.environment,
      ...used(uses, props),
      ...settings(contract.domain, props),
    },
  });
  grantUses(fn.function, uses, {
    database,
    cache: props.cache,
    documents: props.documentsBucket,
    photos: props.photosBucket,
    photoSigner: props.photoSigner,
    userPool: users?.userPool,
    magicLinks: users?.magicLinks,
    accountExport,
  });
  return fn;
}

/** Names of what the routes use besides database and cache. */
function used(uses: readonly Use[], props: ApiFunctionsProps): Record<string, string> {
  const { users, documentsBucket, photosBucket, photoSigner, cdnUrl, accountExport } = props;
  return {
    ...(uses.some((use) => 'bucket' in use && use.bucket === 'documents') && {
      DOCUMENTS_BUCKET: documentsBucket.bucketName,
    }),
    ...(uses.some((use) => 'bucket' in use && use.bucket === 'photos') &&
      photosBucket && { PHOTOS_BUCKET: photosBucket.bucketName }),
    ...(uses.some((use) => 'signer' in use) &&
      photoSigner && {
        CDN_URL: cdnUrl,
        PHOTO_KEY_PAIR_ID: photoSigner.keyPairId,
        PHOTO_KEY_SECRET_ARN: photoSigner.secret.secretArn,
      }),
    ...(uses.some((use) => 'userPool' in use) && users && { USER_POOL_ID: users.userPool.userPoolId }),
    ...(uses.some((use) => 'table' in use) &&
      users?.magicLinks && { MAGIC_LINK_TABLE: users.magicLinks.tableName }),
    ...(uses.some((use) => 'function' in use) && { EXPORT_FUNCTION: accountExport.functionArn }),
  };
}

/** What the configuration says to one domain only. */
function settings(
  domain: string,
  { documents, photos, resumes, magicLink, users }: ApiFunctionsProps,
): Record<string, string> {
  if (domain === 'documents') {
    return {
      DOCUMENTS_MAX_BYTES: String(documents.maxBytes),
      DOCUMENTS_FORMATS: documents.formats.join(','),
      MALWARE_PROTECTION: String(documents.scanned),
    };
  }
  if (domain === 'jobs') {
    return {
      RESUMES_MAX_BYTES: String(resumes.maxBytes),
      RESUMES_MAX_ARCHIVE_BYTES: String(resumes.maxArchiveBytes),
      RESUMES_RETENTION_DAYS: String(resumes.retentionDays),
      MALWARE_PROTECTION: String(resumes.scanned),
    };
  }
  if (domain === 'photos') {
    return {
      PHOTOS_MAX_BYTES: String(photos.maxBytes),
      PHOTOS_MAX_MEGAPIXELS: String(photos.maxMegapixels),
      PHOTOS_MAX_PER_USER: String(photos.maxPerUser),
    };
  }
  if (domain === 'magic-link' && magicLink && users) {
    return {
      USER_POOL_ID: users.userPool.userPoolId,
      USER_POOL_CLIENT_ID: users.client.userPoolClientId,
      MAGIC_LINK_REDIRECT_URIS: magicLink.redirectUris.join(','),
      MAGIC_LINK_REQUESTS_PER_HOUR: String(magicLink.requestsPerHour),
    };
  }
  return {};
}
