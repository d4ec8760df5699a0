/** What changes from one report to another, in words: permissions, what can be reached, what holds data. */

import { region } from '../assembly/values';
import type { AuditReport, Principal, ResourcePolicy } from '../report/report';
import { serviceName } from '../report/services';
import {
  acknowledgementChanges,
  findingChanges,
  invocationChanges,
  networkChanges,
  statefulChanges,
  surfaceChanges,
} from './lists';
import { type Change, changesOf, type Speech } from './statements';

export interface Difference extends Change {
  readonly section: string;
}

export function diffReports(before: AuditReport, after: AuditReport): readonly Difference[] {
  const [was, is] = [neutral(before), neutral(after)];
  const sections: readonly (readonly [string, readonly Change[]])[] = [
    ['What principals may do', principalChanges(was, is)],
    ['Who may become them', trustChanges(was, is)],
    ['Policies of resources', policyChanges(was, is)],
    ['Who starts what', invocationChanges(was, is)],
    ['Reachable from outside', surfaceChanges(was, is)],
    ['Network', networkChanges(was, is)],
    ['What holds state', statefulChanges(was, is)],
    ['Findings', findingChanges(was, is)],
    ['Accepted findings', acknowledgementChanges(was, is)],
  ];
  return sections.flatMap(([section, changes]) => changes.map((change) => ({ section, ...change })));
}

/** Without the names of environment and region, which two environments never share. */
function neutral(report: AuditReport): AuditReport {
  const { environment, region: home } = report;
  const text = JSON.stringify(report)
    .replaceAll(`-${environment}-`, '-environment-')
    .replaceAll(`:${home}:`, `:${region}:`)
    .replaceAll(`.${home}.`, `.${region}.`);
  return JSON.parse(text) as AuditReport;
}

const nothing: Pick<Principal, 'trust' | 'statements'> = { trust: [], statements: [] };

function pairs<T extends { readonly path: string }>(before: readonly T[], after: readonly T[]) {
  const [old, current] = [
    new Map(before.map((item) => [item.path, item])),
    new Map(after.map((item) => [item.path, item])),
  ];
  const paths = [...new Set([...old.keys(), ...current.keys()])];
  return paths.map((path) => ({ was: old.get(path), is: current.get(path) }));
}

function principalChanges(before: AuditReport, after: AuditReport): readonly Change[] {
  const speech = speechOf(before, after);
  return pairs(before.principals, after.principals).flatMap(({ was, is }): readonly Change[] => {
    const one = is ?? was;
    if (!one) return [];
    const called = `${one.name} (${one.path})`;
    if (!is) return [{ direction: 'narrower', words: `${called} is gone` }];
    const granted = changesOf((was ?? nothing).statements, is.statements, speech('identity', is.name));
    if (!was) return [{ direction: 'wider', words: `${called} is new, ${runs(is)}` }, ...granted];
    return [...granted, ...boundaryChange(was, is, called), ...runChange(was, is, called)];
  });
}

const runs = ({ runs }: Principal): string =>
  runs.length > 0 ? `for ${runs.map(({ path }) => path).join(', ')}` : 'and nothing here runs as it';

function boundaryChange(was: Principal, is: Principal, called: string): readonly Change[] {
  if (was.boundary === is.boundary) return [];
  if (!is.boundary) return [{ direction: 'wider', words: `${called} has no permissions boundary any more` }];
  if (!was.boundary)
    return [{ direction: 'narrower', words: `${called} now has the permissions boundary ${is.boundary}` }];
  return [
    { direction: 'changed', words: `${called}: permissions boundary ${is.boundary}, before ${was.boundary}` },
  ];
}

function runChange(was: Principal, is: Principal, called: string): readonly Change[] {
  const paths = (principal: Principal) => principal.runs.map(({ path }) => path);
  const more = paths(is).filter((path) => !paths(was).includes(path));
  const fewer = paths(was).filter((path) => !paths(is).includes(path));
  return [
    ...more.map((path): Change => ({ direction: 'wider', words: `${path} now runs as ${called}` })),
    ...fewer.map((path): Change => ({ direction: 'narrower', words: `${path} no longer runs as ${called}` })),
  ];
}

function trustChanges(before: AuditReport, after: AuditReport): readonly Change[] {
  const speech = speechOf(before, after);
  return pairs(before.principals, after.principals).flatMap(({ was, is }) =>
    is ? changesOf((was ?? nothing).trust, is.trust, speech('trust', is.name)) : [],
  );
}

/** Several policies may be about one resource, as each permission of a function is one. */
function policyChanges(before: AuditReport, after: AuditReport): readonly Change[] {
  const speech = speechOf(before, after);
  const about = (policies: readonly ResourcePolicy[]) => {
    const found = new Map<string, ResourcePolicy & { readonly path: string }>();
    for (const policy of policies) {
      const known = found.get(policy.about);
      found.set(policy.about, {
        ...policy,
        path: policy.about,
        statements: [...(known?.statements ?? []), ...policy.statements],
      });
    }
    return [...found.values()];
  };
  return pairs(about(before.resourcePolicies), about(after.resourcePolicies)).flatMap(({ was, is }) =>
    changesOf(was?.statements ?? [], is?.statements ?? [], speech('resource', (is ?? was)?.about ?? '')),
  );
}

function speechOf(before: AuditReport, after: AuditReport) {
  const names = new Map(
    [before, after].flatMap(({ principals }) => principals.map(({ id, name }) => [id, name])),
  );
  return (kind: Speech['kind'], subject: string): Speech => ({
    kind,
    subject,
    nameOf: (principal) => names.get(principal) ?? serviceName(principal),
  });
}
