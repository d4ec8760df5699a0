/** Distributions over the local buckets, with the keys, key groups and headers that they refer to. */
import { createHash, createPublicKey } from 'node:crypto';
import type { AddedHeader, Behavior, Origin } from '../cdn/distribution';
import { localAccountId } from '../intrinsics';
import { type DeclaredResource, type Handlers, properties, tagsReason } from './handler';

type Config = Readonly<Record<string, unknown>>;

const edge = 'There are no edge locations: every request reads the object.';

/** Members by block: acted on, or known to have no local meaning. */
const known = {
  DistributionConfig: {
    acted: ['Aliases', 'CacheBehaviors', 'DefaultCacheBehavior', 'DefaultRootObject', 'Enabled', 'Origins'],
    // Names, prices and the protocols between a browser and an edge location; WAF shields a public address.
    ignored: ['Comment', 'HttpVersion', 'IPV6Enabled', 'PriceClass', 'ViewerCertificate', 'WebACLId'],
  },
  Behavior: {
    acted: ['AllowedMethods', 'PathPattern', 'ResponseHeadersPolicyId', 'TargetOriginId', 'TrustedKeyGroups'],
    // The local address has no cache, and speaks HTTPS only.
    ignored: ['CachedMethods', 'CachePolicyId', 'Compress', 'ViewerProtocolPolicy'],
  },
  Origin: { acted: ['DomainName', 'Id', 'OriginAccessControlId', 'S3OriginConfig'], ignored: [] },
  ResponseHeadersPolicyConfig: {
    acted: ['CustomHeadersConfig', 'SecurityHeadersConfig'],
    ignored: ['Comment', 'Name'],
  },
  SecurityHeadersConfig: {
    acted: [
      'ContentSecurityPolicy',
      'ContentTypeOptions',
      'FrameOptions',
      'ReferrerPolicy',
      'StrictTransportSecurity',
    ],
    ignored: [],
  },
  PublicKeyConfig: { acted: ['EncodedKey'], ignored: ['CallerReference', 'Comment', 'Name'] },
  KeyGroupConfig: { acted: ['Items'], ignored: ['Comment', 'Name'] },
} as const;

/** Members of a block that nobody here knows: dropping them would pass here and fail on AWS. */
function unknownIn(block: keyof typeof known, value: unknown, path: string): string[] {
  const { acted, ignored } = known[block];
  const names: readonly string[] = [...acted, ...ignored];
  return Object.keys((value ?? {}) as object)
    .filter((name) => !names.includes(name))
    .map((name) => `property ${path}.${name} is not supported.`);
}

const listOf = (value: unknown): Config[] => (Array.isArray(value) ? value : []);

function unsupportedInDistribution({ DistributionConfig }: Config): string[] {
  const config = (DistributionConfig ?? {}) as Config;
  return [
    ...unknownIn('DistributionConfig', config, 'DistributionConfig'),
    ...unknownIn('Behavior', config.DefaultCacheBehavior, 'DefaultCacheBehavior'),
    ...listOf(config.CacheBehaviors).flatMap((behavior) =>
      unknownIn('Behavior', behavior, 'CacheBehaviors[]'),
    ),
    ...listOf(config.Origins).flatMap((origin) => [
      ...unknownIn('Origin', origin, 'Origins[]'),
      ...((origin.S3OriginConfig as Config | undefined)?.OriginAccessIdentity === ''
        ? []
        : ['an origin is expected to be a bucket read by origin access control.']),
    ]),
  ];
}

function toBehavior(config: Config, pathPattern = String(config.PathPattern)): Behavior {
  return {
    pathPattern,
    originId: String(config.TargetOriginId),
    methods: (config.AllowedMethods as string[] | undefined) ?? ['GET', 'HEAD'],
    trustedKeyGroups: (config.TrustedKeyGroups as string[] | undefined) ?? [],
    responseHeadersPolicyId: config.ResponseHeadersPolicyId as string | undefined,
  };
}

function toOrigin(config: Config): Origin {
  const domain = String(config.DomainName);
  const [, bucket] = /^(.+)\.s3(?:\.[a-z0-9-]+)?\.amazonaws\.com$/.exec(domain) ?? [];
  if (bucket === undefined)
    throw new Error(`the origin ${domain} is no bucket of S3, which alone is supported.`);
  return { id: String(config.Id), bucket, signed: Boolean(config.OriginAccessControlId) };
}

/** Ids follow from the name, so that a URL that was signed before a restart is valid after it. */
const idOf = (prefix: string, { generatedName }: DeclaredResource): string =>
  prefix + createHash('sha256').update(generatedName).digest('hex').slice(0, 13).toUpperCase();

function headersOf({ SecurityHeadersConfig, CustomHeadersConfig }: Config): AddedHeader[] {
  const security = (SecurityHeadersConfig ?? {}) as Record<string, Config | undefined>;
  const from = (block: string, name: string, value: (config: Config) => unknown): AddedHeader[] => {
    const config = security[block];
    return config ? [{ name, value: String(value(config)), override: isTrue(config.Override) }] : [];
  };
  return [
    ...from('ContentSecurityPolicy', 'Content-Security-Policy', (config) => config.ContentSecurityPolicy),
    ...from('ContentTypeOptions', 'X-Content-Type-Options', () => 'nosniff'),
    ...from('FrameOptions', 'X-Frame-Options', (config) => config.FrameOption),
    ...from('ReferrerPolicy', 'Referrer-Policy', (config) => config.ReferrerPolicy),
    ...from('StrictTransportSecurity', 'Strict-Transport-Security', transportSecurity),
    ...listOf((CustomHeadersConfig as Config | undefined)?.Items).map(({ Header, Value, Override }) => ({
      name: String(Header),
      value: String(Value),
      override: isTrue(Override),
    })),
  ];
}

const transportSecurity = ({ AccessControlMaxAgeSec, IncludeSubdomains, Preload }: Config): string =>
  [
    `max-age=${AccessControlMaxAgeSec}`,
    ...(isTrue(IncludeSubdomains) ? ['includeSubDomains'] : []),
    ...(isTrue(Preload) ? ['preload'] : []),
  ].join('; ');

const isTrue = (value: unknown): boolean => value === true || value === 'true';

export const cloudFrontHandlers: Handlers = {
  'AWS::CloudFront::Distribution': {
    properties: properties(['DistributionConfig'], { Tags: tagsReason }),
    unsupported: unsupportedInDistribution,
    create: (resource, { declared, cdnUrl }) => {
      const config = resource.properties.DistributionConfig as Config;
      const id = idOf('E', resource);
      declared.delivery.distributions.push({
        id,
        arn: `arn:aws:cloudfront::${localAccountId}:distribution/${id}`,
        behaviors: [
          ...listOf(config.CacheBehaviors).map((behavior) => toBehavior(behavior)),
          toBehavior(config.DefaultCacheBehavior as Config, '*'),
        ],
        origins: new Map(listOf(config.Origins).map((origin) => [String(origin.Id), toOrigin(origin)])),
        defaultRootObject: String(config.DefaultRootObject ?? ''),
        aliases: (config.Aliases as string[] | undefined) ?? [],
      });
      return { ref: id, attributes: { Id: id, DomainName: new URL(cdnUrl).host } };
    },
  },
  'AWS::CloudFront::PublicKey': {
    properties: properties(['PublicKeyConfig']),
    unsupported: ({ PublicKeyConfig }) => unknownIn('PublicKeyConfig', PublicKeyConfig, 'PublicKeyConfig'),
    create: (resource, { declared }) => {
      const { EncodedKey } = resource.properties.PublicKeyConfig as Config;
      const key = createPublicKey(String(EncodedKey));
      if (key.asymmetricKeyType !== 'rsa' || key.asymmetricKeyDetails?.modulusLength !== 2048)
        throw new Error('CloudFront takes RSA keys of 2048 bits.');
      const id = idOf('K', resource);
      declared.delivery.publicKeys.set(id, String(EncodedKey));
      return { ref: id, attributes: { Id: id } };
    },
  },
  'AWS::CloudFront::KeyGroup': {
    properties: properties(['KeyGroupConfig']),
    unsupported: ({ KeyGroupConfig }) => unknownIn('KeyGroupConfig', KeyGroupConfig, 'KeyGroupConfig'),
    create: (resource, { declared }) => {
      const { Items } = resource.properties.KeyGroupConfig as { Items: string[] };
      const id = idOf('G', resource);
      declared.delivery.keyGroups.set(id, Items);
      return { ref: id, attributes: { Id: id } };
    },
  },
  'AWS::CloudFront::OriginAccessControl': {
    properties: properties(['OriginAccessControlConfig']),
    unsupported: ({ OriginAccessControlConfig }) => {
      const { SigningBehavior: signing } = (OriginAccessControlConfig ?? {}) as Config;
      return signing === 'always'
        ? []
        : [`SigningBehavior ${JSON.stringify(signing)} is not supported, only "always".`];
    },
    create: (resource) => {
      const id = idOf('E', resource);
      return { ref: id, attributes: { Id: id } };
    },
  },
  'AWS::CloudFront::ResponseHeadersPolicy': {
    properties: properties(['ResponseHeadersPolicyConfig']),
    unsupported: ({ ResponseHeadersPolicyConfig }) => {
      const config = (ResponseHeadersPolicyConfig ?? {}) as Config;
      return [
        ...unknownIn('ResponseHeadersPolicyConfig', config, 'ResponseHeadersPolicyConfig'),
        ...unknownIn('SecurityHeadersConfig', config.SecurityHeadersConfig, 'SecurityHeadersConfig'),
      ];
    },
    create: (resource, { declared }) => {
      const id = idOf('H', resource);
      const config = resource.properties.ResponseHeadersPolicyConfig as Config;
      declared.delivery.responseHeaders.set(id, headersOf(config));
      return { ref: id, attributes: { Id: id } };
    },
  },
  'AWS::CloudFront::CachePolicy': {
    properties: properties([], { CachePolicyConfig: edge }),
    create: (resource) => {
      const id = idOf('C', resource);
      return { ref: id, attributes: { Id: id } };
    },
  },
};
