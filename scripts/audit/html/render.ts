/**
 * Draws audit.html: one file that needs nothing else. It is complete without its script, which adds the filter,
 * the keyboard and the graph that follows the filter. Its content security policy lets it run its own script and
 * style only, and load nothing.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { openItems } from '../open';
import type { AuditReport } from '../report';
import type { Facet } from './browser/matching';
import type { PageData } from './browser/page-data';
import { layOut } from './graph';
import { graphSvg } from './graph-svg';
import { embeddedJson, Markup, markup } from './markup';
import { network } from './network';
import { Anchors, type Section, sectionMarkup } from './parts';
import { type Entries, entriesOf, principalsMarkup, resourcePoliciesMarkup } from './statements';
import { summaryMarkup } from './summary';
import { acknowledgements, findings, invocations, references, stateful, surfaces } from './tables';

const facetLabels: Readonly<Record<Facet, string>> = {
  allow: 'Allow',
  deny: 'Deny',
  wildcards: 'Wildcards',
  unused: 'Never used',
  condition: 'With condition',
  unconditional: 'Without condition',
};

/** Width of the graph for those who read without the script. */
const graphWidth = 1000;

/** @param today for the age of what was accepted */
export function renderHtml(given: AuditReport, today = new Date()): string {
  // Statements are told apart as objects: a copy has no object twice.
  const report = JSON.parse(JSON.stringify(given)) as AuditReport;
  const day = today.toISOString().slice(0, 10);
  const entries = entriesOf(report);
  const sections = sectionsOf(report, entries, day);
  const style = asset(readFileSync(join(__dirname, 'style.css'), 'utf8'));
  const script = asset(browserScript());
  const open = openItems(report, day);
  const openCount = open.findings.length + open.stale.length + open.overdue.length;
  const title = `Audit of ${report.environment} (${report.blueprint})`;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${`default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; img-src data:; base-uri 'none'; form-action 'none'`}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#summary">Skip to the report</a>
<header class="top"><div><p class="kicker">Landfall audit</p><h1>${report.environment} <span>${report.blueprint}, ${report.region}</span></h1>
<p class="dim">Who may do what, what can be reached, and what holds state, read from the synthesized templates on <time>${day}</time>.</p></div>
<button type="button" id="theme" class="script" aria-label="Change between light and dark">Dark</button></header>
${filterMarkup(stacksOf(report))}
<div class="frame">
<nav aria-label="Sections"><ul><li><a href="#summary">Summary <span>${openCount > 0 && `${openCount} open`}</span></a></li>
${sections.map(({ id, title, count }) => markup`<li><a href="${`#${id}`}">${title} <span>${count}</span></a></li>`)}</ul></nav>
<main id="main">
${summaryMarkup(report, day)}
${sections.map(sectionMarkup)}
</main></div>
<script type="application/json" id="data">${embeddedJson(pageData(report, entries))}</script>
<script>${script}</script>
</body>
</html>
`;
  return page.toString();
}

function sectionsOf(report: AuditReport, entries: Entries, today: string): readonly Section[] {
  const { principals, resourcePolicies } = report;
  const anchors = new Anchors(
    'p',
    principals.map(({ id }) => id),
  );
  const policyAnchors = new Anchors(
    'r',
    resourcePolicies.map(({ path }) => path),
  );
  const granted = principals.flatMap(({ statements }) => statements);
  const flows = granted.flatMap((statement) => entries.get(statement)?.flow ?? []);
  const graph = layOut(flows, graphWidth);
  return [
    {
      id: 'graph',
      title: 'Who may do what',
      lead: 'Follow a line from a principal by an action to a resource. Choose a name to leave only what runs through it.',
      body: [
        markup`<div class="graph-tools"><label class="script"><input type="checkbox" id="with-resource-policies"> with the policies of resources</label><span id="graph-note" class="dim">${noteOf(graph.collapsed)}</span><span class="legend"><i class="wild"></i>wildcard<i class="deny"></i>deny</span></div>`,
        markup`<div class="scroll" id="graph-view">${graphSvg(graph)}</div>`,
      ],
    },
    {
      id: 'principals',
      title: 'Principals',
      count: principals.length,
      body: principalsMarkup(principals, entries, anchors),
    },
    {
      id: 'resource-policies',
      title: 'Policies of resources',
      count: resourcePolicies.length,
      lead: 'Who else may use a resource, and what is denied to everybody.',
      body: resourcePoliciesMarkup(resourcePolicies, entries, policyAnchors),
    },
    invocations(report, anchors),
    surfaces(report),
    network(report.network),
    stateful(report),
    references(report),
    findings(report),
    acknowledgements(report, today),
  ];
}

const noteOf = (collapsed: readonly string[]): string =>
  collapsed.length > 0 ? `Too much to draw one by one: ${collapsed.join(', ')}.` : '';

function filterMarkup(stacks: readonly string[]): Markup {
  return markup`<form class="filter script" role="search" aria-label="Filter of the report">
<div class="query"><input id="q" type="search" aria-label="Filter" aria-describedby="hint" placeholder="Filter: users/* s3:Get -principal:migrations" autocomplete="off" autocapitalize="off" spellcheck="false"><kbd aria-hidden="true">/</kbd></div>
<select id="stack" aria-label="Stack"><option value="">All stacks</option>${stacks.map((stack) => markup`<option>${stack}</option>`)}</select>
<button type="button" id="clear">Clear</button>
<div class="facets" role="group" aria-label="Only statements of a kind">${Object.entries(facetLabels).map(([facet, label]) => markup`<button type="button" data-facet="${facet}" aria-pressed="false">${label}</button>`)}</div>
<output id="found" for="q stack" aria-live="polite"></output>
<p id="hint" class="unseen">All words must occur. Fields: principal, action, resource, condition, service, stack, as in action:s3. A minus excludes. The slash key comes here, Escape clears, arrows move through the results, Enter opens one.</p>
</form>`;
}

function stacksOf({ principals, resourcePolicies, surfaces, stateful }: AuditReport): readonly string[] {
  const all = [...principals, ...resourcePolicies, ...surfaces, ...stateful];
  return [...new Set(all.map(({ stack }) => stack))].sort();
}

function pageData({ principals }: AuditReport, entries: Entries): PageData {
  const granted = new Set(principals.flatMap(({ statements }) => statements));
  const trust = new Set(principals.flatMap(({ trust }) => trust));
  return {
    principals: principals.length,
    statements: [...entries.values()].map(({ statement, searchable, facts, flow }) => ({
      searchable,
      facts,
      flow,
      kind: granted.has(statement) ? 'identity' : trust.has(statement) ? 'trust' : 'resource',
    })),
  };
}

/** The script of the page, from TypeScript. */
function browserScript(): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(__dirname, 'browser', 'main.ts')],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'ascii',
  });
  return outputFiles[0]?.text ?? '';
}

/** Our own text, for a `<script>` or `<style>`: nothing in it may end the element. */
function asset(text: string): Markup {
  if (/<\/(?:script|style)|<!--/i.test(text))
    throw new Error('A script or style of the report contains its own end tag: write it in two pieces.');
  return new Markup(text.trim());
}

const hashOf = (content: Markup): string =>
  `'sha256-${createHash('sha256').update(content.toString()).digest('base64')}'`;
