/** What can be reached from the internet, or from outside of the account. */
import { type AuditedAssembly, ofType, placeOf, type Resource } from './assembly';
import { behaviorsOf } from './invocations';
import { machines, openPorts, publicDatabases } from './network-surfaces';
import type { Network, Principal, ResourcePolicy, Surface } from './report';
import { methodsOf } from './routes';
import type { Statements } from './statements';

const anybody = 'anybody on the internet';

export function surfacesOf(
  assembly: AuditedAssembly,
  statements: Statements,
  principals: readonly Principal[],
  policies: readonly ResourcePolicy[],
  network: Network,
): Surface[] {
  return [
    ...apis(assembly, statements),
    ...openRoutes(assembly),
    ...distributions(assembly, statements),
    ...userPools(assembly, statements),
    ...buckets(assembly, statements, policies),
    ...functionUrls(assembly),
    ...machines(assembly, statements),
    ...publicDatabases(assembly),
    ...openPorts(assembly, network),
    ...outsiders(assembly, principals, policies),
  ];
}

function* apis(assembly: AuditedAssembly, { values }: Statements): Generator<Surface> {
  for (const api of ofType(assembly, 'AWS::ApiGateway::RestApi')) {
    const { EndpointConfiguration, SecurityPolicy, Policy } = api.properties;
    const types = (EndpointConfiguration as { Types?: string[] } | undefined)?.Types ?? ['EDGE'];
    const preflights = methodsOf(assembly).filter(
      ({ method, open, backend }) => method.api === api && open && !backend,
    );
    const stages = ofType(assembly, 'AWS::ApiGateway::Stage').filter(
      ({ properties, stackName }) => values.resource(properties.RestApiId, stackName) === api,
    );
    yield {
      ...placeOf(api),
      what: `REST API (${types.join(', ').toLowerCase()})`,
      reachableBy: types.includes('PRIVATE') ? 'VPC endpoints only' : anybody,
      protections: [
        SecurityPolicy ? `TLS by ${SecurityPolicy}` : 'TLS as API Gateway has it by default',
        ...stages.flatMap(throttling),
        ...(Policy ? ['a policy of its own'] : []),
        ...firewallOf([api, ...stages], assembly, values),
        ...(preflights.length > 0 ? [`${preflights.length} preflight answers run nothing`] : []),
      ],
    };
  }
}

function throttling({ properties }: Resource): string[] {
  const settings = (properties.MethodSettings ?? []) as {
    ThrottlingRateLimit?: number;
    ThrottlingBurstLimit?: number;
  }[];
  return settings
    .filter(({ ThrottlingRateLimit }) => ThrottlingRateLimit !== undefined)
    .map(
      ({ ThrottlingRateLimit, ThrottlingBurstLimit }) =>
        `${ThrottlingRateLimit} requests a second, ${ThrottlingBurstLimit} at once`,
    );
}

/** Rules of the web ACLs that are associated with one of the resources. */
function firewallOf(
  guarded: readonly Resource[],
  assembly: AuditedAssembly,
  values: Statements['values'],
): string[] {
  return ofType(assembly, 'AWS::WAFv2::WebACLAssociation').flatMap(({ properties, stackName }) => {
    const parts = values.parts(properties.ResourceArn, stackName);
    if (!parts.some((part) => typeof part === 'object' && guarded.includes(part.resource))) return [];
    const acl = values.resource(properties.WebACLArn, stackName);
    const rules = ((acl?.properties.Rules ?? []) as { Name: string }[]).map(({ Name }) => Name);
    return [`web ACL: ${rules.join(', ') || values.written(properties.WebACLArn, stackName)}`];
  });
}

function* openRoutes(assembly: AuditedAssembly): Generator<Surface> {
  for (const { method, verb, route, backend, open } of methodsOf(assembly)) {
    // Preflights are counted with their API.
    if (!open || !backend) continue;
    yield {
      ...placeOf(method.resource),
      what: `${verb} ${route} without an authorizer`,
      reachableBy: anybody,
      protections: method.resource.properties.ApiKeyRequired === true ? ['an API key'] : [],
    };
  }
}

function* distributions(assembly: AuditedAssembly, { values, names }: Statements): Generator<Surface> {
  for (const distribution of ofType(assembly, 'AWS::CloudFront::Distribution')) {
    const { WebACLId, Restrictions } = distribution.properties.DistributionConfig as Record<string, unknown>;
    const countries = (Restrictions as { GeoRestriction?: { RestrictionType: string; Locations?: string[] } })
      ?.GeoRestriction;
    for (const { pattern, origin, signers, viewerProtocol } of behaviorsOf(distribution, values)) {
      yield {
        ...placeOf(distribution),
        what: `distribution, ${pattern}, from ${origin ? names.the(origin) : 'another origin'}`,
        reachableBy: signers.length > 0 ? 'signed addresses only' : anybody,
        protections: [
          viewerProtocol === 'allow-all' ? 'TLS is up to who asks' : `TLS only (${viewerProtocol})`,
          ...signers.map((signer) => `keys of ${names.the(signer)}`),
          ...(WebACLId ? ['web ACL'] : []),
          ...(countries?.Locations
            ? [`${countries.RestrictionType}: ${countries.Locations.join(', ')}`]
            : []),
        ],
      };
    }
  }
}

function* userPools(assembly: AuditedAssembly, { values }: Statements): Generator<Surface> {
  for (const pool of ofType(assembly, 'AWS::Cognito::UserPool')) {
    const { MfaConfiguration = 'OFF', AdminCreateUserConfig, UserPoolAddOns, Policies } = pool.properties;
    const closed = (AdminCreateUserConfig as { AllowAdminCreateUserOnly?: boolean } | undefined)
      ?.AllowAdminCreateUserOnly;
    const threats = (UserPoolAddOns as { AdvancedSecurityMode?: string } | undefined)?.AdvancedSecurityMode;
    const length = (Policies as { PasswordPolicy?: { MinimumLength?: number } } | undefined)?.PasswordPolicy
      ?.MinimumLength;
    yield {
      ...placeOf(pool),
      what: 'sign-up and sign-in API of Cognito',
      reachableBy: anybody,
      protections: [
        closed ? 'only administrators create users' : 'anybody may sign up',
        `second factor: ${String(MfaConfiguration).toLowerCase()}`,
        `threat protection: ${(threats ?? 'off').toLowerCase()}`,
        ...(length === undefined ? [] : [`passwords of ${length} characters and more`]),
        ...firewallOf([pool], assembly, values),
      ],
    };
  }
  for (const client of ofType(assembly, 'AWS::Cognito::UserPoolClient')) {
    const {
      GenerateSecret,
      ExplicitAuthFlows = [],
      AllowedOAuthFlows = [],
      CallbackURLs = [],
    } = client.properties;
    yield {
      ...placeOf(client),
      what: `client of the user pool ${GenerateSecret === true ? 'with a secret' : 'without a secret'}`,
      reachableBy: GenerateSecret === true ? 'whoever has its secret' : anybody,
      protections: [
        `flows: ${[...(ExplicitAuthFlows as string[]), ...(AllowedOAuthFlows as string[])].join(', ') || 'none'}`,
        ...(CallbackURLs as unknown[]).map((url) => `redirects to ${values.written(url, client.stackName)}`),
      ],
    };
  }
  for (const domain of ofType(assembly, 'AWS::Cognito::UserPoolDomain')) {
    yield {
      ...placeOf(domain),
      what: `hosted sign-in pages at ${values.written(domain.properties.Domain, domain.stackName)}`,
      reachableBy: anybody,
      protections: [],
    };
  }
}

const blocks = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'] as const;

function* buckets(
  assembly: AuditedAssembly,
  { values }: Statements,
  policies: readonly ResourcePolicy[],
): Generator<Surface> {
  for (const bucket of ofType(assembly, 'AWS::S3::Bucket')) {
    const {
      PublicAccessBlockConfiguration = {},
      AccessControl,
      CorsConfiguration,
      WebsiteConfiguration,
    } = bucket.properties;
    const missing = blocks.filter(
      (block) => (PublicAccessBlockConfiguration as Record<string, unknown>)[block] !== true,
    );
    const policy = ofType(assembly, 'AWS::S3::BucketPolicy').filter(
      ({ properties, stackName }) => values.resource(properties.Bucket, stackName) === bucket,
    );
    const open = policies
      .filter(({ path }) => policy.some((one) => one.path === path))
      .flatMap(({ statements }) => statements)
      .filter(({ effect, principals }) => effect === 'Allow' && principals.includes('anybody'));
    const publicly =
      missing.length > 0 &&
      (open.length > 0 || /^Public/.test(String(AccessControl)) || WebsiteConfiguration);
    const origins = ((CorsConfiguration as { CorsRules?: { AllowedOrigins?: unknown[] }[] })?.CorsRules ?? [])
      .flatMap(({ AllowedOrigins = [] }) => AllowedOrigins)
      .map((origin) => values.written(origin, bucket.stackName));
    yield {
      ...placeOf(bucket),
      what: 'bucket',
      reachableBy: publicly
        ? anybody
        : missing.length > 0
          ? 'principals with rights, and whomever a later policy lets in'
          : 'principals with rights, and holders of addresses that they signed',
      protections: [
        missing.length === 0
          ? 'public access is blocked'
          : `public access is not blocked: ${missing.join(', ')}`,
        ...(origins.length > 0 ? [`browsers only from ${[...new Set(origins)].join(', ')}`] : []),
        ...open.map(({ words }) => words),
      ],
    };
  }
}

function* functionUrls(assembly: AuditedAssembly): Generator<Surface> {
  for (const url of ofType(assembly, 'AWS::Lambda::Url')) {
    const iam = url.properties.AuthType === 'AWS_IAM';
    yield {
      ...placeOf(url),
      what: 'function URL',
      reachableBy: iam ? 'AWS principals with lambda:InvokeFunctionUrl' : anybody,
      protections: iam ? ['signature of an AWS principal'] : [],
    };
  }
}

/** Principals of other accounts and of identity providers that a policy lets in. */
function* outsiders(
  assembly: AuditedAssembly,
  principals: readonly Principal[],
  policies: readonly ResourcePolicy[],
): Generator<Surface> {
  const all = [
    ...principals.map(({ path, trust }) => ({ path, statements: trust })),
    ...policies.map(({ path, statements }) => ({ path, statements })),
  ];
  for (const { path, statements } of all) {
    for (const { effect, principals: who, words, conditions } of statements) {
      const outside = who.filter((one) => effect === 'Allow' && isOutside(one, assembly));
      const resource = assembly.resources.find((candidate) => candidate.path === path);
      if (outside.length === 0 || !resource) continue;
      yield {
        ...placeOf(resource),
        what: words,
        reachableBy: outside.map((one) => (one === 'anybody' ? anybody : one)).join(', '),
        protections: conditions,
      };
    }
  }
}

function isOutside(principal: string, assembly: AuditedAssembly): boolean {
  if (principal === 'this account' || principal.endsWith('.amazonaws.com')) return false;
  return !assembly.resources.some(({ path, type }) => path === principal && type === 'AWS::IAM::Role');
}
