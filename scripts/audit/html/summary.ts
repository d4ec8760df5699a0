/** The first section: what somebody has to do, then what is worth a look, then how much there is. */

import { openItems } from '../report/open';
import type { AuditReport } from '../report/report';
import { counted, type Markup, markup } from './markup';
import { asksNobody, code } from './parts';

const mostListed = 8;

export function summaryMarkup(report: AuditReport, today: string): Markup {
  const { findings, stale, overdue } = openItems(report, today);
  const items = [
    ...findings.map(({ rule, path, description }) => ({ rule, path, text: description, to: '#findings' })),
    ...stale.map(({ rule, path }) => ({
      ...{ rule, path, to: '#acknowledgements' },
      text: 'accepted, but there is no such finding any more: remove the acknowledgement',
    })),
    ...overdue.map(({ rule, path, date }) => ({
      ...{ rule, path, to: '#acknowledgements' },
      text: `accepted on ${date}: due for a review`,
    })),
  ];
  const rest = items.length - mostListed;
  return markup`<section id="summary" aria-labelledby="summary-title"><h2 id="summary-title" class="unseen">Summary</h2>
<div class="${`verdict ${items.length > 0 ? 'bad' : 'good'}`}">
<p class="state">${items.length > 0 ? `${counted(items.length, 'point')} open` : 'Nothing is open'}</p>
${
  items.length > 0
    ? markup`<ol>${items.slice(0, mostListed).map(({ rule, path, text, to }) => markup`<li><a href="${to}">${code(rule)}</a> <span class="path">${path}</span><br>${text}</li>`)}</ol>${rest > 0 && markup`<p><a href="#findings">and ${rest} more</a></p>`}`
    : markup`<p>Every finding is fixed, or accepted with a reason that is not older than 12 months.</p>`
}
</div>
<ul class="tiles">${tiles(report).map(({ number, text, to, kind }) => markup`<li><a class="${kind}" href="${to}"><strong>${number}</strong> ${text}</a></li>`)}</ul>
</section>`;
}

interface Tile {
  readonly number: number;
  readonly text: string;
  readonly to: string;
  readonly kind: string;
}

function tiles(report: AuditReport): readonly Tile[] {
  const { principals, resourcePolicies, surfaces, invocations, stateful, findings } = report;
  const statements = [...principals, ...resourcePolicies].flatMap(({ statements }) => statements);
  const unused = statements.reduce((sum, statement) => sum + statement.unused.length, 0);
  const wild = statements.filter(({ wildcards }) => wildcards.length > 0).length;
  const anonymous = invocations.filter(asksNobody).length;
  const reported = findings.filter(({ gate }) => !gate).length;
  const tile = (number: number, one: string, many: string, to: string, kind = ''): Tile => ({
    number,
    text: number === 1 ? one : many,
    to,
    kind: number > 0 ? kind : '',
  });
  return [
    tile(wild, 'statement with a wildcard', 'statements with a wildcard', '#only=wildcards', 'wild'),
    tile(unused, 'grant never used', 'grants never used', '#only=unused', 'unused'),
    tile(
      surfaces.length,
      'place reachable from outside',
      'places reachable from outside',
      '#surfaces',
      'wild',
    ),
    tile(anonymous, 'start that asks nobody', 'starts that ask nobody', '#invocations', 'wild'),
    tile(reported, 'finding of other packs', 'findings of other packs', '#findings'),
    tile(principals.length, 'principal', 'principals', '#principals'),
    tile(statements.length, 'statement', 'statements', '#graph'),
    tile(stateful.length, 'resource with state', 'resources with state', '#stateful'),
  ];
}
