/**
 * Who may do what in the local runtime: the policies of the templates, evaluated for every request as IAM would.
 * A denial is logged with the statement that would allow the request.
 */
import type { AccessRequest, ApplicablePolicies, Decision } from '../../lib/iam/access';
import { remedyOf } from '../../lib/iam/needed-statement';
import type { Policy, PolicyKind } from '../../lib/iam/policy';
import { callerArn, type Denial, reasonOf } from './aws/access-denied';
import type { AuthorizationRequest, Authorizer } from './aws/authorization';
import type { ResourcePolicies } from './resource-policies';
import type { Roles } from './roles';

export interface AccessControlOptions {
  readonly accountId: string;
  readonly region: string;
  readonly roles: Roles;
  readonly resourcePolicies: ResourcePolicies;
  readonly decide: (request: AccessRequest, policies: ApplicablePolicies) => Decision;
  /** @throws Error for what cannot be evaluated */
  readonly checkPolicy: (policy: Policy, kind?: PolicyKind | 'boundary') => void;
  /** Keeps what was asked. */
  readonly record: { add(request: AccessRequest, decision: Decision): void };
  /** Told of every denial, in one line. */
  readonly report: (line: string) => void;
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number;
}

export class AccessControl {
  readonly #options: AccessControlOptions;

  constructor(options: AccessControlOptions) {
    this.#options = options;
  }

  readonly authorize: Authorizer = async (asked) => {
    const { decide, record, report } = this.#options;
    const request = this.#requestOf(asked);
    const decision = decide(request, this.#policiesFor(asked));
    record.add(request, decision);
    if (decision.effect === 'deny') report(denialLine(asked, request, decision));
    return decision;
  };

  /** @throws Error listing every policy that cannot be evaluated, and every one that is named but not there */
  check(): void {
    const { roles, resourcePolicies, checkPolicy } = this.#options;
    const faults: string[] = [];
    const attempt = (where: string, check: () => void) => {
      try {
        check();
      } catch (error) {
        faults.push(`${where}: ${(error as Error).message}`);
      }
    };
    for (const role of roles.all()) {
      attempt(role.arn, () => {
        for (const policy of roles.identityOf(role))
          attempt(`${role.arn}, ${policy.id}`, () => checkPolicy(policy, 'identity'));
      });
      attempt(role.arn, () => {
        const boundary = roles.boundaryOf(role);
        if (boundary) checkPolicy(boundary, 'boundary');
      });
      attempt(`${role.arn}, trust`, () => {
        if (role.trust) checkPolicy(role.trust, 'trust');
      });
    }
    for (const [arn, policy] of resourcePolicies.all())
      attempt(`${arn}, ${policy.id}`, () => checkPolicy(policy, 'resource'));
    if (faults.length === 0) return;
    throw new Error(
      `${faults.length === 1 ? 'A policy' : `${faults.length} policies`} of the templates cannot be evaluated:\n` +
        faults.map((fault) => `  - ${fault}`).join('\n'),
    );
  }

  #requestOf({ principal, session, action, resource, conditions }: AuthorizationRequest): AccessRequest {
    const { accountId, region, clock = Date.now } = this.#options;
    const now = clock();
    const context: Record<string, string | readonly string[]> = {
      // The endpoint listens on the loopback in plain HTTP in place of AWS's TLS endpoints, and policies that refuse
      // plain HTTP are about the latter.
      'aws:SecureTransport': 'true',
      'aws:RequestedRegion': region,
      'aws:ViaAWSService': 'false',
      'aws:CurrentTime': new Date(now).toISOString(),
      'aws:EpochTime': String(Math.floor(now / 1000)),
      ...(principal?.startsWith('arn:') && {
        'aws:userid': `${roleId(principal)}:${session?.name ?? 'local'}`,
        ...(session?.functionArn && { 'lambda:SourceFunctionArn': session.functionArn }),
      }),
      ...conditions,
    };
    const tags = principal === undefined ? undefined : this.#options.roles.get(principal)?.tags;
    return {
      caller: principal?.endsWith('.amazonaws.com')
        ? { kind: 'service', name: principal }
        : principal === undefined
          ? { kind: 'anonymous' }
          : { kind: 'role', arn: principal, session: session?.name ?? 'local', ...(tags && { tags }) },
      action,
      resource,
      resourceAccount: resource.split(':')[4] || accountId,
      context,
    };
  }

  #policiesFor({ principal, action, resource }: AuthorizationRequest): ApplicablePolicies {
    const { roles, resourcePolicies } = this.#options;
    const role = principal === undefined ? undefined : roles.get(principal);
    const trust = action === 'sts:AssumeRole' ? roles.get(resource)?.trust : undefined;
    return {
      identity: role ? roles.identityOf(role) : [],
      boundary: role && roles.boundaryOf(role),
      resource: trust ? [trust] : resourcePolicies.of(policyHolder(resource)),
    };
  }
}

const roleId = (arn: string): string => `AROA${arn.slice(arn.lastIndexOf('/') + 1)}`;

/** The resource whose policy counts: the bucket of an object, the table of an index. */
function policyHolder(arn: string): string {
  const service = arn.split(':')[2];
  if (service === 's3') return arn.split('/')[0] as string;
  if (service === 'dynamodb') return arn.replace(/\/index\/.*$/, '');
  return arn;
}

/** One line: who may not do what, why not, and the statement that would change it. */
function denialLine(asked: AuthorizationRequest, request: AccessRequest, decision: Denial): string {
  const who = callerArn(asked).replace(/^.*:assumed-role\//, '');
  const { action, resource } = asked;
  return `${who} may not ${action} ${resource} ${reasonOf(action, decision)}; ${remedyText(request, decision)}`;
}

function remedyText(request: AccessRequest, decision: Denial): string {
  const remedy = remedyOf(request, decision);
  if ('deniedBy' in remedy)
    return `denied by ${remedy.deniedBy.map(({ policy, index, statement: { Sid } }) => `statement ${index}${Sid ? ` (${Sid})` : ''} of ${policy}`).join(', ')}`;
  const place = {
    identity: 'the policies of the role',
    boundary: 'the permissions boundary of the role',
    resource: `the policy of ${policyHolder(request.resource)}`,
  }[remedy.in];
  return `needed in ${place}: ${JSON.stringify(remedy.statement)}`;
}
