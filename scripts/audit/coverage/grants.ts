/**
 * Every grant of an assembly: what a role may do with what, one action and one resource at a time. A grant has the
 * same key in every environment and every blueprint that has it, so that what one of them exercised counts for all.
 */
import path from 'node:path';
import { canApply } from '../../../lib/iam/applicable';
import { actionsOf, type Policy, type Statement, statementsIn } from '../../../lib/iam/policy';
import { type AuditedAssembly, ofType, type Resource } from '../assembly/assembly';
import { Canonical } from '../assembly/canonical';

export interface Grant {
  /** Path of the role without the environment, for example `api/documents/FunctionRole`. */
  readonly role: string;
  /** As written, for example `s3:GetObject`; `managed policy` for a policy that AWS writes. */
  readonly action: string;
  /** As written, references in `${}`; the name of the policy when AWS writes it. */
  readonly resource: string;
  /** Where it is written. Several statements may say the same. */
  readonly places: readonly GrantPlace[];
}

export interface GrantPlace {
  /** Id of the policy: `<full name of the stack>.<logical id>`, or the name without path of a policy that AWS manages. */
  readonly policy: string;
  /** Of the statement in the policy, from 0; none for a policy that AWS manages. */
  readonly index?: number;
  /** Of the resource in the statement, from 0. */
  readonly resourceIndex?: number;
}

export interface RoleOfAssembly {
  readonly path: string;
  readonly stack: string;
  readonly logicalId: string;
}

export interface Grants {
  readonly roles: readonly RoleOfAssembly[];
  readonly grants: readonly Grant[];
}

/** What AWS's own policies are listed as. */
export const managedPolicy = 'managed policy';

/**
 * What environments call differently although it is the same grant. Only for comparing: lists show what is written.
 */
const alike: readonly (readonly [written: RegExp, counted: string])[] = [
  // A function signs in to the proxy with the right that it has on the instance where there is no proxy.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as references are written
  [/\$\{database\/Proxy\/Proxy\}/, '${database/Database/Instance}'],
  // The sender of e-mail is configured.
  [/:identity\/[^@/]+@.+$/, ':identity/<address of the sender>'],
  [/:identity\/[^<@/]+$/, ':identity/<domain of the sender>'],
  // Keys that sign addresses carry the month of their making.
  [/\/(Private|Pair)-\d{4}-\d{2}\}/, '/$1-<month>}'],
];

/** Name of a grant within its role: `s3:GetObject arn:aws:s3:::${storage/Documents}/users/*`. */
export const nameOf = ({ action, resource }: Pick<Grant, 'action' | 'resource'>): string =>
  `${action} ${alike.reduce((text, [written, counted]) => text.replace(written, counted), resource)}`;

/** @param unlisted what becomes of an Allow that says what it does not allow: it cannot be counted */
export function grantsOf(assembly: AuditedAssembly, unlisted: 'refuse' | 'leave out' = 'refuse'): Grants {
  const canonical = new Canonical(assembly);
  const roles = ofType(assembly, 'AWS::IAM::Role');
  const found = new Map<string, Grant & { places: GrantPlace[] }>();
  const add = ({ role, action, resource }: Omit<Grant, 'places'>, place: GrantPlace) => {
    const key = `${role} ${action} ${resource}`;
    const known = found.get(key);
    if (known) known.places.push(place);
    else found.set(key, { role, action, resource, places: [place] });
  };
  for (const role of roles) {
    for (const name of awsPolicies(role, canonical)) {
      const place = { policy: path.posix.basename(name) };
      add({ role: role.path, action: managedPolicy, resource: name }, place);
    }
    for (const { id, document } of policiesOf(role, assembly)) {
      for (const [index, statement] of statementsIn(document).entries()) {
        if (unlisted === 'leave out' && (statement.NotAction || statement.NotResource)) continue;
        for (const { resourceIndex, ...pair } of pairsOf(statement, role, canonical)) {
          add({ role: role.path, ...pair }, { policy: id, index, resourceIndex });
        }
      }
    }
  }
  return {
    roles: roles.map(({ path: at, stackName, logicalId }) => ({ path: at, stack: stackName, logicalId })),
    grants: [...found.values()],
  };
}

function pairsOf(statement: Statement, { stackName }: Resource, canonical: Canonical) {
  if (statement.Effect !== 'Allow') return [];
  if (statement.NotAction || statement.NotResource) {
    throw new Error(
      `${stackName}: expected an Allow that lists what it allows, found ${JSON.stringify(statement)}. ` +
        'List the actions and resources; what is not listed cannot be counted.',
    );
  }
  const resources = [statement.Resource ?? []].flat().map((resource) => canonical.write(resource, stackName));
  const pairs = actionsOf(statement).flatMap((action) =>
    resources.map((resource, resourceIndex) => ({ action, resource, resourceIndex })),
  );
  return pairs.filter(({ action, resource }) => canApply(action, arnOf(action, resource), 'name'));
}

function arnOf(action: string, resource: string): string {
  if (resource === '*' || resource.startsWith('arn:')) return resource;
  throw new Error(
    `${action}: expected an ARN or *, found ${resource}. Teach scripts/audit/assembly/canonical.ts what the ARN of that looks like.`,
  );
}

/** Policies of a role that the templates write: inline ones, and those attached from either side. */
function policiesOf(
  { stackName, logicalId: roleId, properties }: Resource,
  assembly: AuditedAssembly,
): Policy[] {
  const inline = ((properties.Policies ?? []) as { PolicyDocument: Policy['document'] }[]).map(
    ({ PolicyDocument }) => ({ id: `${stackName}.${roleId}`, document: PolicyDocument }),
  );
  const named = references(properties.ManagedPolicyArns);
  const attached = ofType(assembly, 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')
    .filter((policy) => policy.stackName === stackName)
    .filter(
      (policy) => named.includes(policy.logicalId) || references(policy.properties.Roles).includes(roleId),
    )
    .map((policy) => ({
      id: `${stackName}.${policy.logicalId}`,
      document: policy.properties.PolicyDocument as Policy['document'],
    }));
  return [...inline, ...attached];
}

const references = (list: unknown): (string | undefined)[] =>
  ((list ?? []) as { Ref?: string }[]).map(({ Ref }) => Ref);

/** Names of the policies of AWS that a role has, for example `service-role/AWSLambdaBasicExecutionRole`. */
function awsPolicies({ stackName, properties }: Resource, canonical: Canonical): string[] {
  const prefix = 'arn:aws:iam::aws:policy/';
  return ((properties.ManagedPolicyArns ?? []) as unknown[])
    .map((arn) => canonical.write(arn, stackName))
    .filter((arn) => arn.startsWith(prefix))
    .map((arn) => arn.slice(prefix.length));
}
