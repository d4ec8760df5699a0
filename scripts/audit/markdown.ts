/** The report as one page of Markdown, for GitHub. */
import { type OpenItems, openItems } from './report/open';
import type { AuditReport, Network, Principal, ResourcePolicy, StatementView } from './report/report';

/** @param today as `2026-11-26` */
export function renderMarkdown(report: AuditReport, today: string): string {
  const open = openItems(report, today);
  const { environment, blueprint, region, principals, resourcePolicies } = report;
  return `${[
    `# Audit of ${environment} (${blueprint}, ${region})`,
    'What the templates of this environment allow, as they would be deployed. Made by `npm run audit`.',
    summary(report, open),
    section('Open', openList(open)),
    section('Principals', principals.map(principalText).join('\n\n')),
    section('Policies of resources', resourcePolicies.map(policyText).join('\n\n')),
    section(
      'Who starts what',
      table(
        ['Started', 'From', 'By', 'How callers are checked', 'Conditions'],
        report.invocations.map(({ from, by, target, authorization, conditions }) => [
          code(target),
          from,
          code(by),
          authorization,
          conditions.join('; '),
        ]),
      ),
    ),
    section(
      'What can be reached from outside',
      table(
        ['What', 'Reachable by', 'Protections', 'Resource'],
        report.surfaces.map(({ what, reachableBy, protections, path }) => [
          what,
          reachableBy,
          protections.join('; '),
          code(path),
        ]),
      ),
    ),
    section('Network', networkText(report.network)),
    section(
      'What holds data',
      table(
        ['Resource', 'Type', 'Encryption', 'Backup', 'Deletion protection', 'When deleted', 'When replaced'],
        report.stateful.map((one) => [
          code(one.path),
          one.type.replace('AWS::', ''),
          one.encryption,
          one.backup,
          one.deletionProtection,
          one.deletionPolicy ?? 'Delete',
          one.updateReplacePolicy ?? 'Delete',
        ]),
      ),
    ),
    section(
      'References between stacks',
      table(
        ['From', 'To', 'Attribute', 'Strength'],
        report.references.map(({ consumer, target, attribute, strength }) => [
          consumer,
          code(target),
          attribute,
          strength,
        ]),
      ),
    ),
    section(
      'Findings',
      table(
        ['Rule', 'Pack', 'Resource', 'What', 'Fails the synthesis'],
        report.findings.map(({ rule, source, path, description, fix, gate }) => [
          code(rule),
          source,
          code(path),
          fix ? `${description} ${fix}` : description,
          gate ? 'yes' : 'no',
        ]),
      ),
    ),
    section('Accepted findings', acknowledgementsText(report)),
  ].join('\n\n')}\n`;
}

function summary(report: AuditReport, { findings, stale, overdue }: OpenItems): string {
  const statements = report.principals.flatMap((one) => one.statements);
  const wild = statements.filter(({ wildcards }) => wildcards.length > 0);
  const anybody = report.surfaces.filter(({ reachableBy }) => reachableBy === 'anybody on the internet');
  return table(
    ['', 'Number', 'Of them'],
    [
      [
        'Principals',
        report.principals.length,
        `${statements.length} statements, ${wild.length} with a wildcard`,
      ],
      ['Policies of resources', report.resourcePolicies.length, ''],
      ['Ways to start something', report.invocations.length, ''],
      ['Surfaces', report.surfaces.length, `${anybody.length} for anybody on the internet`],
      ['Security groups', report.network.groups.length, `${report.network.rules.length} rules`],
      ['Resources that hold data', report.stateful.length, ''],
      ['Findings', report.findings.length, `${findings.length} fail the synthesis`],
      [
        'Accepted findings',
        report.acknowledgements.length,
        `${stale.length} without a finding, ${overdue.length} due for a review`,
      ],
    ],
  );
}

function openList({ findings, stale, overdue }: OpenItems): string {
  const items = [
    ...findings.map(
      ({ rule, path, description }) => `- ${code(rule)} at ${code(path)}: ${plain(description)}`,
    ),
    ...stale.map(
      ({ rule, path }) => `- ${code(rule)} at ${code(path)}: accepted, and there is no such finding`,
    ),
    ...overdue.map(
      ({ rule, path, date, owner }) =>
        `- ${code(rule)} at ${code(path)}: accepted on ${date}, ${owner} reviews it`,
    ),
  ];
  return items.length > 0 ? items.join('\n') : 'Nothing.';
}

function principalText({ name, path, runs, trust, statements, boundary }: Principal): string {
  const facts = [
    `${code(path)}${runs.length > 0 ? `, of ${runs.map((run) => code(run.path)).join(', ')}` : ''}`,
    boundary ? `bounded by ${code(boundary)}` : 'without a permissions boundary',
  ];
  return `### ${plain(name)}\n\n${facts.join('; ')}\n\n${[...trust, ...statements].map(statementText).join('\n')}`;
}

const policyText = ({ about, path, statements }: ResourcePolicy): string =>
  `### Policy of ${plain(about)}\n\n${code(path)}\n\n${statements.map(statementText).join('\n')}`;

function statementText({ words, wildcards, unused }: StatementView): string {
  const marks = [
    ...(wildcards.length > 0 ? [`wildcard ${wildcards.map(code).join(', ')}`] : []),
    ...(unused.length > 0 ? [`no journey uses ${unused.map(plain).join('; ')}`] : []),
  ];
  return `- ${plain(words)}${marks.length > 0 ? ` (${marks.join('; ')})` : ''}`;
}

function networkText({ groups, rules, endpoints, routes }: Network): string {
  return [
    table(
      ['Security group', 'Members'],
      groups.map(({ path, members }) => [code(path), members.map(code).join(', ')]),
    ),
    table(
      ['From', 'To', 'Port', 'Direction', 'Why'],
      rules.map(({ from, to, port, direction, description }) => [from, to, port, direction, description]),
    ),
    table(
      ['VPC endpoint', 'Service', 'Kind', 'Policy'],
      endpoints.map(({ path, service, kind, policy }) => [code(path), service, kind, policy]),
    ),
    table(
      ['Subnet', 'Way to', 'Through'],
      routes.map(({ from, to, through }) => [code(from), to, through]),
    ),
  ].join('\n\n');
}

/** Accepted once for many resources is one line. */
function acknowledgementsText({ acknowledgements }: AuditReport): string {
  const byReason = new Map<string, { rules: Set<string>; paths: Set<string>; rest: string[] }>();
  for (const { rule, path, reason, owner, date, used } of acknowledgements) {
    const key = JSON.stringify([reason, owner, date, used]);
    const known = byReason.get(key) ?? {
      rules: new Set(),
      paths: new Set(),
      rest: [reason, owner, date, used ? '' : 'no finding'],
    };
    known.rules.add(rule);
    known.paths.add(path);
    byReason.set(key, known);
  }
  return table(
    ['Reason', 'Owner', 'Date', '', 'Rules', 'Resources'],
    [...byReason.values()].map(({ rules, paths, rest }) => [
      ...rest,
      [...rules].map(code).join(', '),
      [...paths].map(code).join(', '),
    ]),
  );
}

const section = (title: string, text: string): string => `## ${title}\n\n${text}`;

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  if (rows.length === 0) return 'None.';
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => cellText(String(cell))).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- ').join('|')}|`, ...rows.map(line)].join('\n');
}

/** Inside of a table a bar ends the cell; code marks what it must not format. */
const cellText = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : plain(part)))
    .join('')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ');

/** Text in which stars and angle brackets are what they are. */
const plain = (text: string): string => text.replace(/[*_<>[\]\\]/g, (character) => `\\${character}`);

const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``;
