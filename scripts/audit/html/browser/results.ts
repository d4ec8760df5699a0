/** Leaves what the filter lets through: statements, the cards around them, and the rows of the tables. */
import { all, byId, show } from './elements';
import { type Filter, matchesFacets, matchesRow, matchesText, termsOf } from './matching';
import type { PageData, PageStatement } from './page-data';

interface Card {
  readonly element: HTMLDetailsElement;
  readonly statements: readonly number[];
  readonly lists: readonly { readonly element: HTMLElement; readonly statements: readonly number[] }[];
  readonly text: string;
}

/** So many matching cards are opened for the reader; more of them would only be a long way to scroll. */
const mostOpened = 40;

export class Results {
  private readonly elements: readonly HTMLElement[];
  private readonly cards: readonly Card[];
  private readonly rows: readonly { readonly element: HTMLElement; readonly text: string }[];
  private readonly sections = all<HTMLElement>('main > section');
  /** Cards that the filter has opened, and closes again. */
  private readonly opened = new Set<HTMLDetailsElement>();

  constructor(private readonly data: PageData) {
    this.elements = all<HTMLElement>('[data-statement]').sort((a, b) => numberOf(a) - numberOf(b));
    this.cards = all<HTMLDetailsElement>('[data-group]').map((element) => ({
      element,
      statements: all<HTMLElement>('[data-statement]', element).map(numberOf),
      lists: all<HTMLElement>('.statements', element).map((list) => ({
        element: list,
        statements: all<HTMLElement>('[data-statement]', list).map(numberOf),
      })),
      text: (element.querySelector('summary')?.textContent ?? '').toLowerCase(),
    }));
    this.rows = all<HTMLElement>('[data-row]').map((element) => ({
      element,
      text: `${element.textContent} ${element.dataset.stack}`.toLowerCase(),
    }));
  }

  /** Answers the statements that are left. */
  apply(filter: Filter): readonly PageStatement[] {
    const terms = termsOf(filter.text);
    const active = terms.length > 0 || filter.facets.length > 0 || filter.stack !== '';
    const left = this.data.statements.map(
      ({ searchable, facts }) =>
        (!filter.stack || searchable.stack === filter.stack) &&
        matchesText(terms, searchable) &&
        matchesFacets(filter.facets, facts),
    );
    for (const [number, element] of this.elements.entries()) show(element, left[number] ?? true);
    const shownCards = this.cards.filter((card) => {
      const shown =
        !active ||
        card.statements.some((number) => left[number]) ||
        (card.statements.length === 0 &&
          filter.facets.length === 0 &&
          (!filter.stack || card.element.dataset.stack === filter.stack) &&
          matchesRow(terms, card.text));
      show(card.element, shown);
      for (const list of card.lists) {
        const some = list.statements.some((number) => left[number]);
        show(list.element, some);
        const heading = list.element.previousElementSibling;
        if (heading instanceof HTMLHeadingElement) show(heading, some);
      }
      return shown;
    });
    for (const { element, text } of this.rows)
      show(element, (!filter.stack || element.dataset.stack === filter.stack) && matchesRow(terms, text));
    this.open(active ? shownCards : []);
    this.count(active, left);
    return this.data.statements.filter((_statement, number) => left[number]);
  }

  private open(matching: readonly Card[]): void {
    const open = new Set(matching.length <= mostOpened ? matching.map(({ element }) => element) : []);
    for (const element of this.opened) {
      if (open.has(element)) continue;
      element.open = false;
      this.opened.delete(element);
    }
    for (const element of open) {
      if (element.open) continue;
      element.open = true;
      this.opened.add(element);
    }
  }

  private count(active: boolean, left: readonly boolean[]): void {
    for (const section of this.sections) {
      const items = all<HTMLElement>('[data-group], [data-row]', section);
      if (items.length === 0) continue;
      const shown = items.filter(({ hidden }) => !hidden).length;
      const count = section.querySelector('[data-count-of]');
      if (count) count.textContent = shown < items.length ? `${shown} of ${items.length}` : `${items.length}`;
      const none = section.querySelector<HTMLElement>('.none');
      if (none) show(none, shown === 0);
    }
    const number = left.filter(Boolean).length;
    byId('found').textContent = active
      ? `${number} of ${left.length} statements`
      : `${left.length} statements`;
  }
}

const numberOf = (element: HTMLElement): number => Number(element.dataset.statement);
