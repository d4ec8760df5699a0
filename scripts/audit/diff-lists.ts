/** What changes in invocations, surfaces, network, state, findings and what was accepted: lists whose entries have a key. */
import type { Change } from './diff-statements';
import { listed } from './names';
import type { Acknowledgement, AuditReport, Invocation, Network, StatefulState, Surface } from './report';

type Comparison<T> = {
  readonly key: (item: T) => string;
  readonly added: (item: T) => Change;
  readonly removed: (item: T) => Change;
  readonly changed?: (before: T, after: T) => readonly Change[];
};

function compare<T>(before: readonly T[], after: readonly T[], how: Comparison<T>): readonly Change[] {
  const old = new Map(before.map((item) => [how.key(item), item]));
  const current = new Map(after.map((item) => [how.key(item), item]));
  return [...new Set([...old.keys(), ...current.keys()])].flatMap((key) => {
    const [was, is] = [old.get(key), current.get(key)];
    if (was !== undefined && is !== undefined) return how.changed?.(was, is) ?? [];
    if (is !== undefined) return [how.added(is)];
    return was === undefined ? [] : [how.removed(was)];
  });
}

const wider = (words: string): Change => ({ direction: 'wider', words });
const narrower = (words: string): Change => ({ direction: 'narrower', words });
const changed = (words: string): Change => ({ direction: 'changed', words });

/** What a list of protections or conditions has lost makes it wider, what it has gained narrower. */
function limits(was: readonly string[], is: readonly string[], subject: string): readonly Change[] {
  const lost = was.filter((one) => !is.includes(one));
  const gained = is.filter((one) => !was.includes(one));
  if (lost.length > 0 && gained.length > 0)
    return [changed(`${subject}: now ${listed(gained)}, before ${listed(lost)}`)];
  if (lost.length > 0) return [wider(`${subject}: no longer ${listed(lost)}`)];
  return gained.length > 0 ? [narrower(`${subject}: now ${listed(gained)}`)] : [];
}

export const invocationChanges = (before: AuditReport, after: AuditReport): readonly Change[] =>
  compare<Invocation>(before.invocations, after.invocations, {
    key: ({ from, by, target }) => [from, by, target].join('\n'),
    added: ({ from, target, authorization }) =>
      wider(`${from} now starts ${target}, checked by: ${authorization}`),
    removed: ({ from, target }) => narrower(`${from} no longer starts ${target}`),
    changed: (was, is) => [
      ...(was.authorization === is.authorization ? [] : [authorizationChange(was, is)]),
      ...limits(was.conditions, is.conditions, `${is.from} starts ${is.target}`),
    ],
  });

function authorizationChange(was: Invocation, is: Invocation): Change {
  const words = `${is.from}: the caller is checked by: ${is.authorization}; before: ${was.authorization}`;
  if (/nobody/.test(is.authorization)) return wider(words);
  return /nobody/.test(was.authorization) ? narrower(words) : changed(words);
}

export const surfaceChanges = (before: AuditReport, after: AuditReport): readonly Change[] =>
  compare<Surface>(before.surfaces, after.surfaces, {
    key: ({ path, what }) => [path, what].join('\n'),
    added: ({ what, path, reachableBy }) => wider(`${what} (${path}) can now be reached by ${reachableBy}`),
    removed: ({ what, path }) => narrower(`${what} (${path}) can no longer be reached`),
    changed: (was, is) => [
      ...(was.reachableBy === is.reachableBy
        ? []
        : [
            (/anybody/.test(is.reachableBy) ? wider : changed)(
              `${is.what} (${is.path}) can now be reached by ${is.reachableBy}, before by ${was.reachableBy}`,
            ),
          ]),
      ...limits(was.protections, is.protections, `${is.what} (${is.path})`),
    ],
  });

export function networkChanges(before: AuditReport, after: AuditReport): readonly Change[] {
  const names = new Map(
    [before, after].flatMap(({ network }) => network.groups.map(({ path, name }) => [path, name])),
  );
  const called = (key: string) => (names.has(key) ? `${names.get(key)} (${key})` : key);
  const sentence = ({ from, to, port, direction }: Network['rules'][number], may: string, accepts: string) =>
    direction === 'egress'
      ? `${called(from)} ${may} open connections to ${called(to)} on ${port}`
      : `${called(to)} ${accepts} connections from ${called(from)} on ${port}`;
  return [
    ...compare(before.network.rules, after.network.rules, {
      key: ({ from, to, port, direction }) => [from, to, port, direction].join('\n'),
      added: (rule) => wider(sentence(rule, 'may now', 'now accepts')),
      removed: (rule) => narrower(sentence(rule, 'may no longer', 'no longer accepts')),
    }),
    ...compare(membersOf(before), membersOf(after), {
      key: ({ group, member }) => [group, member].join('\n'),
      added: ({ group, member }) => wider(`${member} is now in the group ${called(group)}`),
      removed: ({ group, member }) => narrower(`${member} is no longer in the group ${called(group)}`),
    }),
    ...compare(before.network.endpoints, after.network.endpoints, {
      key: ({ path }) => path,
      added: ({ service, path }) => wider(`there is now an endpoint of ${service} (${path})`),
      removed: ({ service, path }) => narrower(`there is no longer an endpoint of ${service} (${path})`),
      changed: (was, is) =>
        was.policy === is.policy
          ? []
          : [
              changed(
                `the endpoint of ${is.service} (${is.path}) lets through: ${is.policy}; before: ${was.policy}`,
              ),
            ],
    }),
    ...compare(before.network.routes, after.network.routes, {
      key: ({ from, to, through }) => [from, to, through].join('\n'),
      added: ({ from, to, through }) => wider(`${from} now has a way to ${to} through ${through}`),
      removed: ({ from, to, through }) => narrower(`${from} no longer has a way to ${to} through ${through}`),
    }),
  ];
}

const membersOf = ({ network }: AuditReport) =>
  network.groups.flatMap(({ path, members }) => members.map((member) => ({ group: path, member })));

const aspects: readonly (readonly [keyof StatefulState, string])[] = [
  ['encryption', 'encryption'],
  ['backup', 'backup'],
  ['deletionProtection', 'deletion protection'],
  ['deletionPolicy', 'DeletionPolicy'],
  ['updateReplacePolicy', 'UpdateReplacePolicy'],
];

export const statefulChanges = (before: AuditReport, after: AuditReport): readonly Change[] =>
  compare<StatefulState>(before.stateful, after.stateful, {
    key: ({ path }) => path,
    added: ({ path, type }) => wider(`${path} (${type}) is new`),
    removed: ({ path, type }) => narrower(`${path} (${type}) is gone`),
    changed: (was, is) =>
      aspects
        .filter(([field]) => was[field] !== is[field])
        .map(([field, name]) =>
          changed(
            `${is.path}: ${name} is now "${is[field] ?? 'Delete'}", before "${was[field] ?? 'Delete'}"`,
          ),
        ),
  });

export const findingChanges = (before: AuditReport, after: AuditReport): readonly Change[] =>
  compare(before.findings, after.findings, {
    key: ({ rule, path }) => [rule, path].join('\n'),
    added: ({ rule, path, description, gate }) =>
      wider(
        `${rule} at ${path}${gate ? '' : ' (of a pack that the environment does not answer to)'}: ${description}`,
      ),
    removed: ({ rule, path }) => narrower(`${rule} at ${path} is gone`),
  });

export const acknowledgementChanges = (before: AuditReport, after: AuditReport): readonly Change[] =>
  compare<Acknowledgement>(before.acknowledgements, after.acknowledgements, {
    key: ({ rule, path }) => [rule, path].join('\n'),
    added: ({ rule, path, reason }) => wider(`${rule} at ${path} is now accepted: ${reason}`),
    removed: ({ rule, path }) => narrower(`${rule} at ${path} is no longer accepted`),
    changed: (was, is) => [
      ...(was.reason === is.reason
        ? []
        : [
            changed(
              `${is.rule} at ${is.path} is accepted for another reason: ${is.reason}; before: ${was.reason}`,
            ),
          ]),
      ...(was.owner === is.owner
        ? []
        : [changed(`${is.rule} at ${is.path}: ${is.owner} answers for it now, before ${was.owner}`)]),
      ...(was.reason === is.reason && was.date !== is.date
        ? [changed(`${is.rule} at ${is.path} was accepted again on ${is.date}, before on ${was.date}`)]
        : []),
    ],
  });
