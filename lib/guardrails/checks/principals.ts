import { matchesGlob } from '../../iam/globs';
import type { Statement } from '../../iam/policy';
import { type Assembly, conditionsOn, resourcesOf } from '../statements';
import { ourAccount, unknown, type Written, writer } from '../written';
import { type Check, eachStatement } from './finding';

/**
 * Services whose documentation has no condition on the source where they assume these roles (November 2026). One that is
 * not sent would lock them out, and none is needed: a role can be passed only within its own account, so nobody can have
 * them assume it elsewhere. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
 */
export const assumingWithoutSource: ReadonlySet<string> = new Set([
  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
  'lambda',
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
  'ec2',
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
  'apigateway',
]);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html */
export const confusedDeputy: Check = function* (assembly) {
  yield* inPolicies(assembly);
  for (const [stack, logicalId, { Type, Properties = {} }] of resourcesOf(assembly)) {
    if (Type !== 'AWS::Lambda::Permission') continue;
    const { Principal, SourceAccount, SourceArn } = Properties;
    const write = writer(assembly.templates, stack);
    if (!isService(Principal) || SourceAccount || (SourceArn && isOfAccount(write(SourceArn)))) continue;
    yield {
      stack,
      logicalId,
      description: `${write(Principal)} may call this function on behalf of any account`,
      fix: 'Add SourceArn or SourceAccount to the permission; the latter where the ARN has no account, as of a bucket.',
    };
  }
};

const inPolicies = eachStatement(function* ({ kind, statement, write }) {
  if (statement.Effect !== 'Allow' || kind === 'identity') return;
  const services = servicesOf(statement, write).filter(
    (service) => kind === 'resource' || !assumingWithoutSource.has(service),
  );
  if (services.length === 0 || namesSource(statement, write)) return;
  yield [
    `${services.join(', ')} may ${kind === 'trust' ? 'assume this' : 'use this'} on behalf of any account`,
    'Add aws:SourceAccount, or aws:SourceArn with an account, to the condition.',
  ];
});

/** Anybody else's account, or everybody. https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status */
export const foreignPrincipals: Check = function* (assembly) {
  yield* inResourcePolicies(assembly);
  for (const [stack, logicalId, { Type, Properties = {} }] of resourcesOf(assembly)) {
    if (Type !== 'AWS::Lambda::Permission' && Type !== 'AWS::Lambda::LayerVersionPermission') continue;
    const { Principal, PrincipalOrgID, OrganizationId } = Properties;
    const write = writer(assembly.templates, stack);
    const who = isService(Principal) ? undefined : foreigner(write(Principal), assembly);
    if (who === undefined || (who === anybody && (PrincipalOrgID || OrganizationId))) continue;
    yield {
      stack,
      logicalId,
      description: `${who} may use this`,
      fix: 'Name a principal of this account.',
    };
  }
};

const inResourcePolicies = eachStatement(function* ({ kind, statement, write }, assembly) {
  if (statement.Effect !== 'Allow' || kind === 'identity') return;
  const foreigners = [...new Set(namedBy(statement, write).map((name) => foreigner(name, assembly)))];
  for (const who of foreigners) {
    if (who === undefined || (who === anybody && limits(statement, write))) continue;
    yield [
      `${who} may ${kind === 'trust' ? 'assume this' : 'use this'}`,
      'Name a principal of this account, or add a condition on the account that names one and no wildcard.',
    ];
  }
});

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html */
export const federatedTrust = eachStatement(function* ({ kind, statement, write }) {
  const { Effect, Principal } = statement;
  const providers = [(Principal as { Federated?: unknown } | undefined)?.Federated ?? []].flat().map(write);
  if (kind !== 'trust' || Effect !== 'Allow' || providers.length === 0) return;
  const tests = conditionsOn(statement, /:(sub|aud|amr)$/i).filter(({ operator }) => isDemand(operator));
  const subjects = tests
    .filter(({ key }) => /:(sub|amr)$/i.test(key))
    .flatMap(({ values }) => values.map(write));
  if (!tests.some(({ key }) => /:aud$/i.test(key))) {
    yield [`Tokens of ${providers.join(', ')} for any audience may assume this`, 'Add a condition on :aud.'];
  }
  // `repo:*` is everybody; `repo:owner/*` or `repo:owner/name:*` is not.
  if (subjects.length === 0 || subjects.some((subject) => /^[^/]*\*/.test(subject))) {
    yield [
      `Tokens of ${providers.join(', ')} for any subject may assume this`,
      'Add a condition on :sub that names the repository, and the branch or environment.',
    ];
  }
});

const anybody = 'Anybody';

/** Who it is, when it is not of this account. */
function foreigner(principal: string, { account }: Assembly): string | undefined {
  if (principal === '*') return anybody;
  if (principal === unknown) return undefined;
  const id = principal.startsWith('arn:') ? (principal.split(':', 5)[4] ?? '') : principal;
  const isOurs = id === ourAccount || id === account || id === unknown;
  if (isOurs) return undefined;
  return id.includes('*') || id === '' ? anybody : `${principal}, which is not of this account,`;
}

/** AWS principals by account, ARN or canonical id. */
function namedBy({ Principal }: Statement, write: Written): string[] {
  if (Principal === '*') return ['*'];
  const { AWS, CanonicalUser } = (Principal ?? {}) as { AWS?: unknown; CanonicalUser?: unknown };
  return [AWS ?? [], CanonicalUser ?? []].flat(2).map(write);
}

/** The first part of the name: the last one may depend on the region. */
const servicesOf = ({ Principal }: Statement, write: Written): string[] =>
  [(Principal as { Service?: unknown } | undefined)?.Service ?? []]
    .flat()
    .map((service) => write(service).replace(/\.amazonaws\.com.*$|\.<>$/, ''));

const isService = (principal: unknown): boolean =>
  typeof principal === 'string'
    ? /\.amazonaws\.com(\.cn)?$/.test(principal)
    : JSON.stringify(principal ?? '').includes('amazonaws.com') ||
      JSON.stringify(principal ?? '').includes('AWS::URLSuffix');

/** Whether something is demanded: no operator that an absent key satisfies, or that excludes. */
const isDemand = (operator: string): boolean =>
  /^(ForAnyValue:)?(String(Equals|Like|EqualsIgnoreCase)|Arn(Equals|Like))$/.test(operator);

/** Whether services are held to an account by what they say of themselves. */
function namesSource(statement: Statement, write: Written): boolean {
  const key = /^(aws:Source(Account|Arn|OrgID|OrgPaths|Owner)|kms:EncryptionContext:.+|kms:CallerAccount)$/i;
  return conditionsOn(statement, key)
    .filter(({ operator }) => isDemand(operator))
    .some(({ values }) => values.length > 0 && values.map(write).every(isOfAccount));
}

/** Whether everybody is held to somebody. */
function limits(statement: Statement, write: Written): boolean {
  const key =
    /^(aws:(Source(Account|Arn|OrgID|Owner|Vpc|Vpce)|Principal(Account|Arn|OrgID|OrgPaths))|kms:CallerAccount)$/i;
  return conditionsOn(statement, key)
    .filter(({ operator }) => isDemand(operator))
    .some(({ values }) => values.length > 0 && values.map(write).every(isOfAccount));
}

/** Whether a value names an account: one without wildcards there, or an ARN that has one. */
function isOfAccount(value: string): boolean {
  if (!value.startsWith('arn:')) return !/[*?]/.test(value) && !matchesGlob(value, '');
  const [, , , , account = ''] = value.replaceAll(ourAccount, 'account').replaceAll(unknown, 'x').split(':');
  return account !== '' && !/[*?]/.test(account);
}
