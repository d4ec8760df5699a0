/** The graph in the page: drawn again for what the filter leaves, and followed by pointer or keyboard. */
import { layOut } from '../graph';
import { graphSvg } from '../graph-svg';
import { all, byId } from './elements';
import type { PageStatement } from './page-data';

/** Of the view on both sides, as style.css has it. */
const padding = 32;

/** Narrower than this the names are cut to nothing; the view scrolls instead. */
const narrowest = 720;

type Node = SVGGElement;

export class GraphView {
  private readonly view = byId('graph-view');
  private readonly withPolicies = byId<HTMLInputElement>('with-resource-policies');
  private statements: readonly PageStatement[] = [];
  private width = 0;
  private waiting = 0;

  constructor(private readonly choose: (term: string) => void) {
    this.withPolicies.addEventListener('change', () => this.draw());
    new ResizeObserver(() => {
      if (this.view.clientWidth !== this.width) this.draw();
    }).observe(this.view);
    for (const event of ['pointerover', 'focusin'])
      this.view.addEventListener(event, ({ target }) => this.follow(nodeOf(target)));
    for (const event of ['pointerleave', 'focusout'])
      this.view.addEventListener(event, () => this.follow(undefined));
    this.view.addEventListener('click', ({ target }) => this.activate(nodeOf(target)));
    this.view.addEventListener('keydown', (event) => this.key(event));
  }

  start(statements: readonly PageStatement[]): void {
    this.statements = statements;
    this.draw();
  }

  /** Waits until nobody types any more: the lists answer at once, the graph a moment later. */
  update(statements: readonly PageStatement[]): void {
    this.statements = statements;
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => this.draw(), 120);
  }

  private draw(): void {
    this.width = this.view.clientWidth;
    const kinds = this.withPolicies.checked ? ['identity', 'resource'] : ['identity'];
    const flows = this.statements.filter(({ kind }) => kinds.includes(kind)).map(({ flow }) => flow);
    const focused = nodeOf(document.activeElement)?.dataset.term;
    const graph = layOut(flows, Math.max(narrowest, this.width - padding));
    // Every value in it was escaped where it was drawn.
    this.view.innerHTML =
      flows.length > 0 ? String(graphSvg(graph)) : '<p class="none">No statement is left to draw.</p>';
    byId('graph-note').textContent =
      graph.collapsed.length > 0 ? `Too much to draw one by one: ${graph.collapsed.join(', ')}.` : '';
    if (focused)
      this.nodes()
        .find(({ dataset }) => dataset.term === focused)
        ?.focus();
  }

  private nodes(): Node[] {
    return all<Node>('[data-node]', this.view);
  }

  private activate(node: Node | undefined): void {
    if (node?.dataset.term) this.choose(node.dataset.term);
  }

  /** Marks the lines that belong to statements through the node, and what they connect. */
  private follow(node: Node | undefined): void {
    const svg = this.view.querySelector('svg');
    if (!svg) return;
    svg.classList.toggle('following', node !== undefined);
    for (const element of all('.on', svg)) element.classList.remove('on');
    if (!node) return;
    const key = node.dataset.node;
    const flows = new Set(node.dataset.flows?.split(' '));
    const column = Number(node.dataset.column);
    const nodes = this.nodes();
    node.classList.add('on');
    for (const edge of all<SVGPathElement>('.edges path', svg)) {
      const { from = '', to = '' } = edge.dataset;
      const touches = from === key || to === key;
      const gap = Number(nodes[Number(from)]?.dataset.column);
      // Lines beside the node must touch it; those beyond belong to a statement that runs through it.
      const beside = gap === column || gap === column - 1;
      if (beside ? !touches : !edge.dataset.flows?.split(' ').some((flow) => flows.has(flow))) continue;
      edge.classList.add('on');
      for (const end of [from, to]) nodes[Number(end)]?.classList.add('on');
    }
  }

  private key(event: KeyboardEvent): void {
    const node = nodeOf(event.target);
    if (!node) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.activate(node);
      return;
    }
    const next = this.neighbour(node, event.key);
    if (!next) return;
    event.preventDefault();
    node.setAttribute('tabindex', '-1');
    next.setAttribute('tabindex', '0');
    next.focus();
  }

  /** Up and down within the column, left and right along the first line. */
  private neighbour(node: Node, key: string): Node | undefined {
    const nodes = this.nodes();
    const same = nodes.filter(({ dataset }) => dataset.column === node.dataset.column);
    const at = same.indexOf(node);
    if (key === 'ArrowDown') return same[at + 1];
    if (key === 'ArrowUp') return same[at - 1];
    const [end, start] = key === 'ArrowRight' ? ['to', 'from'] : key === 'ArrowLeft' ? ['from', 'to'] : [];
    if (!end || !start) return undefined;
    const edge = all<SVGPathElement>('.edges path', this.view).find(
      ({ dataset }) => dataset[start] === node.dataset.node,
    );
    return edge && nodes[Number(edge.dataset[end])];
  }
}

function nodeOf(target: EventTarget | null): Node | undefined {
  return (target instanceof Element && target.closest<Node>('[data-node]')) || undefined;
}
