/** Principals and policies of resources, each statement in words with what it says exactly. */
import type { AuditReport, Principal, ResourcePolicy, StatementView, Target } from '../report/report';
import type { Facts, Searchable } from './browser/matching';
import type { Flow } from './graph-columns';
import { counted, type Markup, markup } from './markup';
import { type Anchors, chip, code, marked } from './parts';

/** A statement with its number in the page and what the filter and the graph know of it. */
export interface Entry {
  readonly number: number;
  readonly statement: StatementView;
  readonly searchable: Searchable;
  readonly facts: Facts;
  readonly flow: Flow;
}

export type Entries = ReadonlyMap<StatementView, Entry>;

export function entriesOf({ principals, resourcePolicies }: AuditReport): Entries {
  const entries = new Map<StatementView, Entry>();
  const add = (statement: StatementView, who: string, path: string, stack: string, about = '') =>
    entries.set(statement, entry(entries.size, statement, { who, path, stack, about }));
  for (const { trust, statements, name, path, stack } of principals)
    for (const statement of [...trust, ...statements]) add(statement, name, path, stack);
  for (const { statements, about, path, stack } of resourcePolicies)
    for (const statement of statements)
      add(statement, statement.principals.join(', ') || 'anybody', path, stack, about);
  return entries;
}

interface Origin {
  readonly who: string;
  readonly path: string;
  readonly stack: string;
  readonly about: string;
}

function entry(number: number, statement: StatementView, { who, path, stack, about }: Origin): Entry {
  const { actions, targets, conditions, principals, effect, wildcards, unused, words, id } = statement;
  const services = targets.map((target) => serviceOf(target, actions));
  const lower = (...parts: readonly string[]) => parts.join(' ').toLowerCase();
  const principal = lower(who, path, ...principals);
  const action = lower(...actions);
  const resource = lower(
    about,
    ...targets.flatMap((target) => [target.words, target.arn, target.path ?? '']),
  );
  const condition = lower(...conditions);
  const service = lower(...services);
  return {
    number,
    statement,
    searchable: {
      ...{ principal, action, resource, condition, service, stack },
      text: lower(principal, action, resource, condition, words, id, stack),
    },
    facts: {
      deny: effect === 'Deny',
      wildcards: wildcards.length > 0,
      unused: unused.length > 0,
      condition: conditions.length > 0,
    },
    flow: {
      principal: who,
      stack,
      deny: effect === 'Deny',
      actions,
      targets: targets.map((target, index) => ({
        words: target.words,
        resource: target.path ?? target.words,
        service: services[index] ?? 'other',
        wildcard: target.arn.includes('*'),
      })),
    },
  };
}

/** The service of an ARN as written; a reference in place of the ARN leaves what the actions say. */
function serviceOf({ arn }: Target, actions: readonly string[]): string {
  return /^arn:[^:]*:([\w-]+):/.exec(arn)?.[1] ?? actions[0]?.split(':')[0] ?? 'other';
}

export function principalsMarkup(
  principals: readonly Principal[],
  entries: Entries,
  anchors: Anchors,
): Markup {
  return markup`<div class="bulk script"><button type="button" data-open="all">Expand all</button><button type="button" data-open="none">Collapse all</button></div>
${principals.map((principal) => principalMarkup(principal, entries, anchors))}`;
}

function principalMarkup(principal: Principal, entries: Entries, anchors: Anchors): Markup {
  const { id, name, path, stack, runs, trust, statements, boundary } = principal;
  const wild = statements.filter(({ wildcards }) => wildcards.length > 0).length;
  const unused = statements.reduce((sum, statement) => sum + statement.unused.length, 0);
  return markup`<details class="card" id="${anchors.of(id)}" data-group data-stack="${stack}">
<summary><h3>${name}</h3> <span class="path">${path}</span>
<span class="chips">${chip(counted(statements.length, 'statement'), 'plain')}${wild > 0 && chip(`${wild} with wildcards`, 'wild')}${unused > 0 && chip(`${counted(unused, 'grant')} never used`, 'unused')}</span></summary>
<div class="inside">
<p class="facts"><span>Stack</span> ${stack} <span>Runs</span> ${runs.length > 0 ? runs.map(({ path, type }, index) => [index > 0 && ', ', path, ' ', markup`<small>${type}</small>`]) : 'nothing in the templates'} <span>Boundary</span> ${boundary ? code(boundary) : 'none'} <a class="self" href="${`#${anchors.of(id)}`}" aria-label="${`Link to ${name}`}">Link</a></p>
<h4>Who may become it</h4>
${listMarkup(trust, entries)}
<h4>What it may do</h4>
${statements.length > 0 ? listMarkup(statements, entries) : markup`<p class="empty">Nothing.</p>`}
</div></details>`;
}

export function resourcePoliciesMarkup(
  policies: readonly ResourcePolicy[],
  entries: Entries,
  anchors: Anchors,
): Markup {
  if (policies.length === 0) return markup`<p class="empty">There are none.</p>`;
  return markup`${policies.map(
    ({
      about,
      path,
      stack,
      statements,
      type,
    }) => markup`<details class="card" id="${anchors.of(path)}" data-group data-stack="${stack}">
<summary><h3>${about}</h3> <span class="path">${path}</span> <span class="chips">${chip(counted(statements.length, 'statement'), 'plain')}${exposed(statements) && chip('names everybody', 'wild')}</span></summary>
<div class="inside"><p class="facts"><span>Stack</span> ${stack} <span>Type</span> ${type} <a class="self" href="${`#${anchors.of(path)}`}" aria-label="${`Link to ${about}`}">Link</a></p>
${listMarkup(statements, entries)}</div></details>`,
  )}`;
}

const exposed = (statements: readonly StatementView[]): boolean =>
  statements.some(({ effect, principals }) => effect === 'Allow' && principals.includes('anybody'));

function listMarkup(statements: readonly StatementView[], entries: Entries): Markup {
  return markup`<div class="statements">${statements.map((statement) => statementMarkup(statement, entries.get(statement)))}</div>`;
}

function statementMarkup(statement: StatementView, entry: Entry | undefined): Markup {
  const { effect, words, actions, targets, principals, conditions, wildcards, unused, id } = statement;
  return markup`<details class="${`statement ${effect.toLowerCase()}`}" data-statement="${entry?.number}">
<summary><span class="effect">${effect}</span> <span class="words">${marked(words)}</span>
<span class="chips">${wildcards.length > 0 && chip('wildcard', 'wild')}${conditions.length > 0 && chip(counted(conditions.length, 'condition'), 'condition')}${unused.length > 0 && chip('never used', 'unused')}</span></summary>
<dl>
${principals.length > 0 && markup`<dt>For</dt><dd>${lines(principals)}</dd>`}
<dt>Actions</dt><dd>${lines(actions)}</dd>
${targets.length > 0 && markup`<dt>Resources</dt><dd><ul>${targets.map(({ words, arn }) => markup`<li>${marked(words)}<br>${code(arn)}</li>`)}</ul></dd>`}
<dt>Conditions</dt><dd>${conditions.length > 0 ? lines(conditions, false) : 'none'}</dd>
${wildcards.length > 0 && markup`<dt>Wildcards</dt><dd>${lines(wildcards)}</dd>`}
${unused.length > 0 && markup`<dt>Never used</dt><dd>${lines(unused)}</dd>`}
<dt>Written in</dt><dd><code>${id}</code></dd>
</dl><pre tabindex="0" aria-label="Statement">${marked(asJson(statement))}</pre></details>`;
}

function lines(texts: readonly string[], asCode = true): Markup {
  return markup`<ul>${texts.map((text) => markup`<li>${asCode ? code(text) : marked(text)}</li>`)}</ul>`;
}

/** Close to the policy as deployed; conditions stay in words. */
function asJson({ effect, principals, actions, targets, conditions }: StatementView): string {
  const one = (values: readonly string[]) => (values.length === 1 ? values[0] : values);
  const excluded = actions.length > 0 && actions.every((action) => action.startsWith('not '));
  return JSON.stringify(
    {
      Effect: effect,
      ...(principals.length > 0 ? { Principal: one(principals) } : {}),
      ...(excluded
        ? { NotAction: one(actions.map((action) => action.slice('not '.length))) }
        : { Action: one(actions) }),
      ...(targets.length > 0 ? { Resource: one(targets.map(({ arn }) => arn)) } : {}),
      ...(conditions.length > 0 ? { Condition: one(conditions) } : {}),
    },
    undefined,
    2,
  );
}

/** What a principal is called where only its path is known. */
export const linkTo = (path: string, anchors: Anchors, text = path): Markup => {
  const id = anchors.of(path);
  return id ? markup`<a href="${`#${id}`}">${text}</a>` : markup`<span>${text}</span>`;
};
