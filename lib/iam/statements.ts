/** Statements made ready to be asked often: patterns become expressions once, and what cannot be evaluated throws. */
import type { AccessRequest, StatementAt } from './access';
import { type Condition, conditionsOf } from './conditions';
import type { RequestContext } from './context';
import { PolicyError } from './errors';
import type { Policy, Statement } from './policy';
import { statementsIn } from './policy';
import { isExempt, type Naming, namingOf, type Principals, principalsOf } from './principals';
import { fill, isConstant, templateOf } from './variables';
import { matcherOf, piecesOf } from './wildcards';

type Kind = StatementAt['kind'];

export interface Applies {
  readonly at: StatementAt;
  readonly naming: Naming | undefined;
}

interface Ready {
  readonly effect: 'Allow' | 'Deny';
  readonly action: (lowerCaseAction: string) => boolean;
  readonly resource: (resource: string, context: RequestContext) => boolean;
  readonly principals: Principals | undefined;
  readonly notPrincipals: Principals | undefined;
  readonly conditions: readonly Condition[];
}

const elements = new Set([
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'NotPrincipal',
  'Condition',
]);

const versions = ['2012-10-17', '2008-10-17'];

type Fail = (message: string) => never;

/** A statement is read once, for each kind of policy and version of the language that it is in. */
const ready = new WeakMap<Statement, Readonly<Record<string, Ready>>>();

function* readyStatements(policy: Policy, kind: Kind): Generator<readonly [number, Statement, Ready]> {
  const use = `${kind} ${policy.document.Version}`;
  for (const [index, statement] of statementsIn(policy.document).entries()) {
    const known = ready.get(statement);
    let found = known?.[use];
    if (!found) {
      found = prepare(policy, index, statement, kind);
      ready.set(statement, { ...known, [use]: found });
    }
    yield [index, statement, found];
  }
}

/** @throws PolicyError when AWS would refuse the statement, or nobody could say what it means */
function requireForm(statement: Statement, kind: Kind, fail: Fail): void {
  for (const element of Object.keys(statement)) {
    if (!elements.has(element))
      fail(`has the element ${element}, which is not known; known are ${[...elements].join(', ')}.`);
  }
  const { Effect, Action, NotAction, Resource, NotResource, Principal, NotPrincipal } = statement;
  if (Effect !== 'Allow' && Effect !== 'Deny') fail(`has the effect ${Effect}; expected Allow or Deny.`);
  const count = (...values: unknown[]) => values.filter((value) => value !== undefined).length;
  const ofCaller = kind === 'identity' || kind === 'boundary';
  if (count(Action, NotAction) !== 1) fail('needs either Action or NotAction, and not both.');
  if (count(Resource, NotResource) > 1) fail('has Resource and NotResource; expected one of them.');
  if (ofCaller && count(Resource, NotResource) === 0) fail('needs Resource or NotResource.');
  if (count(Principal, NotPrincipal) > 1) fail('has Principal and NotPrincipal; expected one of them.');
  if (ofCaller && count(Principal, NotPrincipal) > 0)
    fail('names a principal, which only policies of resources do.');
  if (!ofCaller && count(Principal, NotPrincipal) === 0)
    fail('needs Principal or NotPrincipal: it is in the policy of a resource.');
  // The resource of a trust policy is its role; IAM refuses to be told another.
  if (kind === 'trust' && count(Resource, NotResource) > 0)
    fail('has a resource, which no trust policy may have.');
  if (kind === 'trust' && NotPrincipal !== undefined)
    fail('has NotPrincipal, which no trust policy may have.');
}

function prepare({ id, document }: Policy, index: number, statement: Statement, kind: Kind): Ready {
  const where = `statement ${index}${statement.Sid ? ` (${statement.Sid})` : ''} of ${id}`;
  const fail: Fail = (message) => {
    throw new PolicyError(`${where} ${message}`);
  };
  const version = document.Version ?? '2008-10-17';
  if (!versions.includes(version)) fail(`is of version ${version}; expected ${versions.join(' or ')}.`);
  requireForm(statement, kind, fail);
  // The former version has none: ${aws:username} is text there.
  const variables = version === '2012-10-17';
  const { Effect, Action, NotAction, Resource, NotResource, Principal, NotPrincipal } = statement;
  const actions = texts(Action ?? NotAction, Action ? 'Action' : 'NotAction', fail).map((action) => {
    if (action !== '*' && !/^[^:]+:[^:]+$/.test(action))
      fail(`has the action ${JSON.stringify(action)}; expected <service>:<action> or *.`);
    return matcherOf(piecesOf(action.toLowerCase()), 'text');
  });
  const resources = texts(Resource ?? NotResource ?? [], Resource ? 'Resource' : 'NotResource', fail).map(
    (resource) => resourceMatcher(resource, variables, fail),
  );
  const everything = Resource === undefined && NotResource === undefined;
  return {
    effect: Effect as Ready['effect'],
    action: (action) => actions.some((matches) => matches(action)) === (NotAction === undefined),
    resource: (resource, context) =>
      everything || resources.some((matches) => matches(resource, context)) === (NotResource === undefined),
    principals: Principal === undefined ? undefined : principalsOf(Principal, where),
    notPrincipals: NotPrincipal === undefined ? undefined : principalsOf(NotPrincipal, where),
    conditions: conditionsOf(statement, { variables, where }),
  };
}

function texts(values: unknown, element: string, fail: Fail): string[] {
  return [values].flat().map((value) => {
    if (typeof value === 'string') return value;
    return fail(
      `has ${element} ${JSON.stringify(value)}, where text was expected: resolve intrinsic functions first.`,
    );
  });
}

/** Neither wildcards nor variables may stand for the service. */
const arn = /^arn:[^:]+:[^:*?$]+:/;

function resourceMatcher(resource: string, variables: boolean, fail: Fail): Ready['resource'] {
  if (resource !== '*' && !arn.test(resource))
    fail(`has the resource ${JSON.stringify(resource)}; expected * or an ARN with the name of its service.`);
  const template = templateOf(resource, { wildcards: true, variables });
  if (isConstant(template)) return matcherOf(template, 'resource');
  return (actual, context) => {
    const pieces = fill(template, context);
    return pieces !== undefined && matcherOf(pieces, 'resource')(actual);
  };
}

/** @throws PolicyError when a statement cannot be evaluated */
export function prepareAll(policy: Policy, kind: Kind): void {
  for (const _ of readyStatements(policy, kind));
}

/** The statements of the policies that the request meets, by effect. */
export function applying(
  policies: readonly Policy[],
  kind: Kind,
  request: AccessRequest,
  context: RequestContext,
): { readonly allows: Applies[]; readonly denies: Applies[] } {
  const allows: Applies[] = [];
  const denies: Applies[] = [];
  const action = request.action.toLowerCase();
  for (const policy of policies) {
    for (const [index, statement, prepared] of readyStatements(policy, kind)) {
      if (!prepared.action(action) || !prepared.resource(request.resource, context)) continue;
      const { principals, notPrincipals } = prepared;
      const naming = principals && namingOf(principals, request.caller);
      if (principals && !naming) continue;
      if (notPrincipals && isExempt(notPrincipals, request.caller)) continue;
      if (!prepared.conditions.every((condition) => condition(context))) continue;
      const at = { policy: policy.id, index, kind, statement };
      const applies = { at, naming: notPrincipals ? ('everyone' as const) : naming };
      (prepared.effect === 'Allow' ? allows : denies).push(applies);
    }
  }
  return { allows, denies };
}
