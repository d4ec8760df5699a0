/** The sections of the report that are tables. */
import { reviewDue } from '../../../lib/guardrails/acknowledgements';
import type { Acknowledgement, AuditReport, Finding, StatefulState } from '../report/report';
import { ageOf } from './acknowledgement-age';
import { type Content, counted, type Markup, markup } from './markup';
import {
  type Anchors,
  asksNobody,
  breakable,
  chip,
  code,
  isPreflight,
  marked,
  type Section,
  stackOf,
  table,
} from './parts';
import { linkTo } from './statements';

export function invocations({ invocations, principals }: AuditReport, anchors: Anchors): Section {
  const runner = new Map(principals.flatMap(({ id, runs }) => runs.map(({ path }) => [path, id] as const)));
  const name = new Map(principals.map(({ id, name }) => [id, name]));
  const target = (path: string): Content => {
    const id = runner.get(path);
    return id
      ? [breakable(path), markup`<br><small>runs as </small>`, linkTo(id, anchors, name.get(id))]
      : breakable(path);
  };
  return {
    id: 'invocations',
    title: 'Who starts what',
    count: invocations.length,
    lead: 'Routes, rules, schedules, queues and triggers, and how the caller is checked.',
    body: table(
      'Who starts what, from where',
      // Preflights start nothing: they come after everything else.
      [...invocations].sort((a, b) => Number(isPreflight(a)) - Number(isPreflight(b))),
      [
        { heading: 'From', cell: ({ from }) => markup`<strong>${breakable(from)}</strong>` },
        { heading: 'By', cell: ({ by }) => (anchors.of(by) ? linkTo(by, anchors, name.get(by)) : code(by)) },
        { heading: 'Starts', cell: (row) => target(row.target) },
        {
          heading: 'Caller is checked by',
          cell: (row) => (asksNobody(row) ? chip(row.authorization, 'wild') : row.authorization),
        },
        { heading: 'Only if', cell: ({ conditions }) => list(conditions) },
      ],
      (row) => stackOf(row.target),
    ),
  };
}

export function surfaces({ surfaces }: AuditReport): Section {
  return {
    id: 'surfaces',
    title: 'Reachable from outside',
    count: surfaces.length,
    lead: 'What can be reached from the internet, or from outside of the account.',
    body: table(
      'Reachable from outside',
      surfaces,
      [
        {
          heading: 'What',
          cell: ({ what, path }) => [markup`<strong>${breakable(what)}</strong>`, place(path)],
        },
        {
          heading: 'Reachable by',
          cell: ({ reachableBy }) =>
            /anybody|anyone|internet/i.test(reachableBy) ? chip(reachableBy, 'wild') : reachableBy,
        },
        { heading: 'Protected by', cell: ({ protections }) => list(protections, 'nothing') },
      ],
      ({ stack }) => stack,
    ),
  };
}

export function stateful({ stateful }: AuditReport): Section {
  return {
    id: 'stateful',
    title: 'What holds state',
    count: stateful.length,
    lead: 'Whether it is encrypted, can be restored, and survives the deletion of its stack.',
    body: table(
      'Stateful resources',
      stateful,
      [
        {
          heading: 'Resource',
          cell: ({ path, type }) => [
            markup`<strong>${breakable(path)}</strong><br>`,
            markup`<small>${type}</small>`,
          ],
        },
        { heading: 'Encryption', cell: ({ encryption }) => missing(encryption) },
        { heading: 'Backup', cell: ({ backup }) => missing(backup) },
        { heading: 'Deletion protection', cell: ({ deletionProtection }) => missing(deletionProtection) },
        { heading: 'When removed', cell: policy },
      ],
      ({ stack }) => stack,
    ),
  };
}

function policy({ deletionPolicy, updateReplacePolicy }: StatefulState): Content {
  const removed = deletionPolicy ?? 'Delete';
  const replaced = updateReplacePolicy ?? 'Delete';
  const shown = (text: string) => (text === 'Delete' ? chip(text, 'wild') : text);
  return removed === replaced
    ? shown(removed)
    : [shown(removed), markup`<br><small>when replaced </small>`, shown(replaced)];
}

/** `none` stands out, also where an explanation follows. */
function missing(text: string): Content {
  const [, none, rest] = /^(none)\b[:,]?\s*(.*)$/i.exec(text) ?? [];
  return none ? [chip(none, 'unused'), ' ', rest] : text;
}

export function references({ references }: AuditReport): Section {
  return {
    id: 'references',
    title: 'References between stacks',
    count: references.length,
    lead: 'A strong one is an export: its producer cannot replace the resource while somebody imports it.',
    body: table(
      'References between stacks',
      references,
      [
        {
          heading: 'From',
          cell: ({ consumer }) => consumer,
        },
        { heading: 'To', cell: ({ producer }) => producer },
        {
          heading: 'Resource',
          cell: ({ target, type, attribute }) => [
            code(target),
            markup`<br><small>${[type, attribute].filter(Boolean).join(' ')}</small>`,
          ],
        },
        {
          heading: 'Strength',
          cell: ({ strength }) => chip(strength, strength === 'strong' ? 'strong' : 'plain'),
        },
      ],
      ({ consumer }) => consumer,
    ),
  };
}

/** Findings that fail the synthesis come first. */
export function findings({ findings }: AuditReport): Section {
  const sorted = [...findings].sort(
    (a, b) => Number(b.gate) - Number(a.gate) || a.rule.localeCompare(b.rule),
  );
  return {
    id: 'findings',
    title: 'Findings',
    count: findings.length,
    lead: 'Open ones fail the synthesis. The others are of packs that this environment does not answer to.',
    body: findingsTable('Findings', sorted),
  };
}

function findingsTable(caption: string, rows: readonly Finding[]): Markup {
  return table(
    caption,
    rows,
    [
      { heading: 'State', cell: ({ gate }) => (gate ? chip('open', 'open') : chip('reported', 'plain')) },
      {
        heading: 'Rule',
        cell: ({ rule, source }) => [code(rule), markup`<br><small>${source}</small>`],
      },
      { heading: 'Where', cell: ({ path }) => code(path) },
      {
        heading: 'What and how to fix it',
        cell: ({ description, fix }) => [marked(description), fix && markup`<br><small>${fix}</small>`],
      },
    ],
    ({ path }) => stackOf(path),
  );
}

/** The same reason for several rules is one row. Those that need somebody come first: stale, overdue, the oldest. */
export function acknowledgements({ acknowledgements }: AuditReport, today: string): Section {
  const together = new Map<string, Acknowledgement[]>();
  for (const one of acknowledgements) {
    const key = [one.path, one.reason, one.owner, one.date, one.used].join('\n');
    together.set(key, [...(together.get(key) ?? []), one]);
  }
  const rows = [...together.values()]
    .flatMap((same) => {
      const [first] = same;
      const rules = same.map(({ rule }) => rule).sort();
      return first ? [{ ...first, rules, overdue: reviewDue(first, today) }] : [];
    })
    .sort(
      (a, b) =>
        Number(a.used) - Number(b.used) ||
        Number(b.overdue) - Number(a.overdue) ||
        a.date.localeCompare(b.date) ||
        a.path.localeCompare(b.path),
    );
  return {
    id: 'acknowledgements',
    title: 'Accepted findings',
    count: rows.length,
    lead: `${counted(acknowledgements.length, 'finding')} accepted, each with its reason, the area that answers for it, and its date. After 12 months it is due for a review.`,
    body: table(
      'Accepted findings',
      rows,
      [
        {
          heading: 'Rules',
          cell: ({ rules, used }) => [
            markup`<ul>${rules.map((rule) => markup`<li>${code(rule)}</li>`)}</ul>`,
            !used && chip('stale', 'open'),
          ],
        },
        { heading: 'Where', cell: ({ path }) => code(path) },
        { heading: 'Reason', cell: ({ reason }) => reason },
        { heading: 'Owner', cell: ({ owner }) => owner },
        {
          heading: 'Since',
          cell: ({ date, overdue }) => [
            markup`<time datetime="${date}">${date}</time><br>`,
            overdue
              ? chip(`${ageOf(date, today)}, overdue`, 'open')
              : markup`<small>${ageOf(date, today)}</small>`,
          ],
        },
      ],
      ({ path }) => stackOf(path),
    ),
  };
}

function list(texts: readonly string[], otherwise = ''): Content {
  if (texts.length === 0)
    return otherwise ? chip(otherwise, 'wild') : markup`<span class="dim">always</span>`;
  return markup`<ul>${texts.map((text) => markup`<li>${marked(text)}</li>`)}</ul>`;
}

const place = (path: string): Markup => markup`<br><small class="path">${breakable(path)}</small>`;
