import type { EnvironmentConfig } from '../config/schema';
import { anyResource, fullAccess, openEnded, passRole, unknownActions } from './checks/actions';
import { unknownConditionKeys } from './checks/condition-keys';
import { duplicateStatements, policySize } from './checks/documents';
import { escalation } from './checks/escalation';
import { publicBuckets, publicFunctionUrls } from './checks/exposure';
import type { Check } from './checks/finding';
import { confusedDeputy, federatedTrust, foreignPrincipals } from './checks/principals';
import { mismatchedResources } from './checks/resource-arns';
import { plainSecrets } from './checks/secrets';
import { checkReferenceStrength } from './references';
import { checkRemovalPolicies } from './removal-policies';
import { assemblyOf } from './statements';
import type { Templates, Violation } from './template';

interface Rule {
  /** Its name: findings are accepted as `Landfall::<id>`. */
  readonly id: string;
  /** What it objects to, as the end of "refuses". */
  readonly refuses: string;
  readonly check: Check;
}

/** What this project checks beyond the audit packs, or where those let pass what somebody accepted of theirs. */
export const policyRules: readonly Rule[] = [
  {
    id: 'unknown-action',
    refuses: 'actions that AWS does not know, or spells differently',
    check: unknownActions,
  },
  {
    id: 'unknown-condition-key',
    refuses: 'condition keys that an action does not know',
    check: unknownConditionKeys,
  },
  {
    id: 'mismatched-resource',
    refuses: 'ARNs to which no action of the statement applies, and actions that apply to none of its ARNs',
    check: mismatchedResources,
  },
  { id: 'full-access', refuses: 'roles that may do everything of a service', check: fullAccess },
  { id: 'any-resource', refuses: 'roles that may use every resource of the account', check: anyResource },
  { id: 'open-ended', refuses: 'an Allow with NotAction, NotResource or NotPrincipal', check: openEnded },
  {
    id: 'pass-role',
    refuses: 'iam:PassRole without iam:PassedToService that names services',
    check: passRole,
  },
  { id: 'escalation', refuses: 'rights that together make a principal another one', check: escalation },
  { id: 'confused-deputy', refuses: 'services that act for any account', check: confusedDeputy },
  {
    id: 'foreign-principal',
    refuses: 'principals of other accounts, and everybody',
    check: foreignPrincipals,
  },
  { id: 'federated-trust', refuses: 'tokens for any audience or any subject', check: federatedTrust },
  {
    id: 'plain-secret',
    refuses: 'secrets in variables, outputs, parameters, user data and metadata',
    check: plainSecrets,
  },
  { id: 'public-bucket', refuses: 'buckets that can be read past CloudFront', check: publicBuckets },
  {
    id: 'public-function-url',
    refuses: 'functions with an address that anybody may call',
    check: publicFunctionUrls,
  },
  { id: 'policy-size', refuses: 'policies that are longer than AWS takes', check: policySize },
  { id: 'duplicate-statement', refuses: 'the same statement twice', check: duplicateStatements },
];

/** Names of all rules, those of other files included. */
export const ruleIds: readonly string[] = [
  'removal-policy',
  'reference-strength',
  ...policyRules.map(({ id }) => id),
];

/** Findings of the rules on policies and on what is exposed, whatever the environment. */
export function checkPolicies(templates: Templates, account?: string): Violation[] {
  const assembly = assemblyOf(templates, account);
  return policyRules.flatMap(({ id, check }) =>
    [...check(assembly)].map((found) => ({ rule: id, ...found })),
  );
}

/** Everything that our own rules find. */
export const checkTemplates = (
  templates: Templates,
  { removal, account }: Pick<EnvironmentConfig, 'removal' | 'account'>,
): Violation[] => [
  ...checkRemovalPolicies(templates, removal),
  ...checkReferenceStrength(templates),
  ...checkPolicies(templates, account),
];
