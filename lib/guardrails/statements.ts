import { matchesGlob } from '../iam/globs';
import { actionsOf, type PolicyKind, type Statement, statementsOf } from '../iam/policy';
import type { Resource, Templates } from './template';
import { type Written, writer } from './written';

/** A statement, and where it is. */
export interface PlacedStatement {
  readonly stack: string;
  readonly logicalId: string;
  readonly kind: PolicyKind;
  readonly statement: Statement;
  readonly actions: readonly string[];
  /** Values of the statement as one text, see `written.ts`. */
  readonly write: Written;
}

/** Whoever a policy is attached to, with everything it may do. */
export interface Principal {
  readonly stack: string;
  /** Of the role, or of a policy that is attached to nobody here. */
  readonly logicalId: string;
  readonly statements: readonly PlacedStatement[];
}

/** What the checks look at. */
export interface Assembly {
  readonly templates: Templates;
  /** The account of the deployment. @default whichever it is deployed to: no account is spelled out */
  readonly account?: string | undefined;
  readonly statements: readonly PlacedStatement[];
  readonly principals: readonly Principal[];
}

export function assemblyOf(templates: Templates, account?: string): Assembly {
  const statements = Object.entries(templates).flatMap(([stack, { Resources = {} }]) => {
    const write = writer(templates, stack);
    return Object.entries(Resources).flatMap(([logicalId, resource]) =>
      [...statementsOf(resource)].map(([kind, statement]) => ({
        stack,
        logicalId,
        kind,
        statement,
        actions: actionsOf(statement),
        write,
      })),
    );
  });
  return { templates, account, statements, principals: principalsOf(templates, statements) };
}

/** Every resource of every template, with its place. */
export function* resourcesOf({
  templates,
}: Pick<Assembly, 'templates'>): Generator<[stack: string, logicalId: string, resource: Resource]> {
  for (const [stack, { Resources = {} }] of Object.entries(templates)) {
    for (const [logicalId, resource] of Object.entries(Resources)) yield [stack, logicalId, resource];
  }
}

/** Whether the statement is about the action, wildcards and NotAction resolved. */
export function isAbout({ NotAction, ...statement }: Statement, action: string): boolean {
  if (NotAction) return ![NotAction].flat().some((pattern) => matchesGlob(pattern as string, action));
  return actionsOf(statement).some((pattern) => matchesGlob(pattern, action));
}

/** Whether a key decides, by an operator that the key's absence does not satisfy. */
export const conditionsOn = (
  { Condition = {} }: Statement,
  key: RegExp,
): { readonly operator: string; readonly key: string; readonly values: readonly unknown[] }[] =>
  Object.entries(Condition).flatMap(([operator, tests]) =>
    Object.entries(tests)
      .filter(([name]) => key.test(name))
      .map(([name, value]) => ({ operator, key: name, values: [value].flat() })),
  );

function principalsOf(templates: Templates, statements: readonly PlacedStatement[]): Principal[] {
  const all = new Map<string, Principal>();
  const give = (stack: string, logicalId: string, given: readonly PlacedStatement[]) => {
    const key = `${stack}.${logicalId}`;
    const before = all.get(key)?.statements ?? [];
    all.set(key, { stack, logicalId, statements: [...before, ...given] });
  };
  for (const [stack, { Resources = {} }] of Object.entries(templates)) {
    const here = statements.filter((at) => at.stack === stack && at.kind === 'identity');
    for (const [logicalId, resource] of Object.entries(Resources)) {
      const sources = new Set([logicalId, ...managedPoliciesOf(resource)]);
      const given = here.filter((at) => sources.has(at.logicalId));
      for (const owner of ownersOf(logicalId, resource)) if (given.length > 0) give(stack, owner, given);
    }
  }
  return [...all.values()];
}

const managedPoliciesOf = ({ Properties = {} }: Resource): string[] =>
  ((Properties.ManagedPolicyArns ?? []) as { Ref?: string }[]).flatMap(({ Ref }) => Ref ?? []);

/** Roles of other stacks are known by what refers to them; a policy attached to nobody stands for itself. */
function ownersOf(logicalId: string, { Type, Properties = {} }: Resource): string[] {
  if (Type === 'AWS::IAM::Role') return [logicalId];
  const roles = ((Properties.Roles ?? []) as unknown[]).map(
    (role) => (role as { Ref?: string }).Ref ?? logicalId,
  );
  return roles.length > 0 ? roles : [logicalId];
}
