/** Starts the page: the filter and its place in the address, the graph, the keyboard, the theme, printing. */
import { all, byId } from './elements';
import { GraphView } from './graph-view';
import { startKeyboard } from './keyboard';
import { type Facet, type Filter, fromHash, nothingFiltered, toggled, toHash } from './matching';
import type { PageData } from './page-data';
import { Results } from './results';
import { startTheme } from './theme';

document.documentElement.classList.add('scripted');
const data = JSON.parse(byId('data').textContent ?? '') as PageData;
const query = byId<HTMLInputElement>('q');
const stack = byId<HTMLSelectElement>('stack');
const facetButtons = all<HTMLButtonElement>('[data-facet]');
const results = new Results(data);
const graph = new GraphView((term) => {
  query.value = toggled(query.value, term);
  changed();
});

const pressed = (button: HTMLButtonElement) => button.getAttribute('aria-pressed') === 'true';
const filter = (): Filter => ({
  text: query.value,
  facets: facetButtons.filter(pressed).map(({ dataset }) => dataset.facet as Facet),
  stack: stack.value,
});

function changed(): void {
  const current = filter();
  graph.update(results.apply(current));
  const address = location.href.split('#')[0] ?? '';
  history.replaceState(null, '', `${address}${toHash(current)}`);
}

function set({ text, facets, stack: chosen }: Filter): void {
  query.value = text;
  stack.value = chosen;
  for (const button of facetButtons)
    button.setAttribute('aria-pressed', String(facets.includes(button.dataset.facet as Facet)));
}

function clear(): boolean {
  const active = toHash(filter()) !== '';
  set(nothingFiltered);
  changed();
  return active;
}

/** The fragment is a filter, or a place that may be within something closed. */
function goToHash(): void {
  const wanted = fromHash(location.hash);
  if (wanted) {
    set(wanted);
    graph.update(results.apply(wanted));
    return;
  }
  const place = document.getElementById(location.hash.slice(1));
  if (place?.hidden) clear();
  if (place instanceof HTMLDetailsElement) place.open = true;
  place?.scrollIntoView();
  // Cards that come into sight on the way get their real heights, and the place moves.
  requestAnimationFrame(() => place?.scrollIntoView());
}

function startFilter(): void {
  query.form?.addEventListener('submit', (event) => event.preventDefault());
  query.addEventListener('input', changed);
  stack.addEventListener('change', changed);
  byId('clear').addEventListener('click', () => {
    clear();
    query.focus();
  });
  for (const button of facetButtons) {
    button.addEventListener('click', () => {
      button.setAttribute('aria-pressed', String(!pressed(button)));
      changed();
    });
  }
  addEventListener('hashchange', () => {
    goToHash();
    if (fromHash(location.hash) && location.hash) byId('principals').scrollIntoView();
  });
}

function startBulk(): void {
  const cards = all<HTMLDetailsElement>('[data-group]');
  for (const button of all<HTMLButtonElement>('[data-open]'))
    button.addEventListener('click', () => {
      for (const card of cards) card.open = button.dataset.open === 'all';
    });
  let closed: HTMLDetailsElement[] = [];
  addEventListener('beforeprint', () => {
    closed = cards.filter(({ open }) => !open);
    for (const card of closed) card.open = true;
  });
  addEventListener('afterprint', () => {
    for (const card of closed) card.open = false;
  });
}

/** Marks in the list of sections the one that is read. */
function startNavigation(): void {
  const links = new Map(all<HTMLAnchorElement>('nav a').map((link) => [link.hash.slice(1), link]));
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        for (const link of links.values()) link.removeAttribute('aria-current');
        links.get(target.id)?.setAttribute('aria-current', 'true');
      }
    },
    { rootMargin: '-20% 0px -75% 0px' },
  );
  for (const section of all('main > section')) observer.observe(section);
}

/** Pointing at a security group marks its connections. */
function startNetwork(): void {
  const svg = document.querySelector('svg.network');
  svg?.addEventListener('pointerover', ({ target }) => {
    const box =
      target instanceof Element ? target.closest<SVGGElement>('[data-box]')?.dataset.box : undefined;
    svg.classList.toggle('following', box !== undefined);
    for (const line of all<SVGPathElement>('.line', svg)) {
      const on = line.dataset.from === box || line.dataset.to === box;
      line.classList.toggle('on', on);
      svg.querySelector(`.port[data-line="${line.dataset.line}"]`)?.classList.toggle('on', on);
    }
  });
  svg?.addEventListener('pointerleave', () => svg.classList.remove('following'));
}

startTheme();
graph.start(results.apply(nothingFiltered));
startFilter();
startBulk();
startNavigation();
startNetwork();
startKeyboard(query, clear);
goToHash();
