/** Pieces that several sections of the report share. */
import type { Invocation } from '../report';
import { type Content, type Markup, markup } from './markup';

/** Long paths, ARNs and host names break between their parts, not in the middle of a name. */
export const breakable = (text: string): Content =>
  text.split(/(?<=[/.:])(?=.)/).map((part, index) => (index === 0 ? part : [markup`<wbr>`, part]));

/** Text with whatever contains a wildcard marked. */
export function marked(text: string): Content {
  return text
    .split(/([^\s",]*\*[^\s",]*)/)
    .map((part, index) =>
      index % 2 === 0 ? breakable(part) : markup`<mark title="wildcard">${breakable(part)}</mark>`,
    );
}

export const code = (text: string): Markup => markup`<code>${marked(text)}</code>`;

export function chip(text: string, kind: string): Markup {
  return markup`<span class="${`chip ${kind}`}">${text}</span>`;
}

/** Ids of places in the page, from paths: the same path has the same address in every report. */
export class Anchors {
  private readonly ids = new Map<string, string>();
  private readonly taken = new Set<string>();

  constructor(prefix: string, paths: readonly string[]) {
    for (const path of paths) {
      if (this.ids.has(path)) continue;
      const wanted = `${prefix}-${path.replace(/[^\w]+/g, '-')}`;
      let id = wanted;
      for (let number = 2; this.taken.has(id); number++) id = `${wanted}-${number}`;
      this.taken.add(id);
      this.ids.set(path, id);
    }
  }

  of(path: string): string | undefined {
    return this.ids.get(path);
  }
}

export interface Section {
  readonly id: string;
  readonly title: string;
  /** How many entries it has. @default none are counted */
  readonly count?: number;
  readonly body: Content;
  readonly lead?: string;
}

export function sectionMarkup({ id, title, count, body, lead }: Section): Markup {
  return markup`<section id="${id}" aria-labelledby="${`${id}-title`}">
<h2 id="${`${id}-title`}">${title}${count !== undefined && markup` <span class="count" data-count-of="${id}">${count}</span>`}</h2>
${lead && markup`<p class="lead">${lead}</p>`}
${body}
<p class="none" hidden>Nothing here matches the filter.</p>
</section>`;
}

export interface Column<T> {
  readonly heading: string;
  readonly cell: (row: T) => Content;
}

/** A table that becomes a list of cards where there is no room for columns. */
export function table<T>(
  caption: string,
  rows: readonly T[],
  columns: readonly Column<T>[],
  stack: (row: T) => string,
): Markup {
  if (rows.length === 0) return markup`<p class="empty">There are none.</p>`;
  return markup`<table><caption class="unseen">${caption}</caption><thead><tr>${columns.map(({ heading }) => markup`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr data-row data-stack="${stack(row)}">${columns.map(({ heading, cell }) => markup`<td data-heading="${heading}">${cell(row)}</td>`)}</tr>\n`)}</tbody></table>`;
}

/** Browsers ask it without credentials, and it starts nothing. */
export const isPreflight = ({ from }: Invocation): boolean => from.startsWith('OPTIONS ');

/** Whoever calls it is not checked. */
export const asksNobody = (invocation: Invocation): boolean =>
  /nobody/.test(invocation.authorization) && !isPreflight(invocation);

/** The stack of a path: `api/documents/Function` belongs to `api`. */
export const stackOf = (path: string): string => path.split('/')[0] ?? '';
