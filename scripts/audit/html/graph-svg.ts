/** Draws the graph of statements. Used when the report is written and, in the browser, whenever the filter changes. */
import { type Graph, type GraphEdge, type GraphNode, nodeHeight } from './graph';
import { counted, type Markup, markup } from './markup';

/** Average width of a character of the graph's font, at its size in style.css. */
const characterWidth = 6.9;

const headings = ['Who', 'may do', 'to what'];

export function graphSvg(graph: Graph): Markup {
  const { width, height, nodes, edges } = graph;
  return markup`<svg class="graph" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" aria-label="${`Graph: ${counted(count(graph, 0), 'principal')}, ${counted(count(graph, 1), 'action')}, ${counted(count(graph, 2), 'resource')}`}">
${headings.map((heading, index) => markup`<text class="heading" x="${columnX(graph, index)}" y="14">${heading}</text>`)}
<g class="edges">${edges.map((edge) => edgeSvg(edge, nodes))}</g>
${nodes.map((node, index) => nodeSvg(node, index))}
</svg>`;
}

const count = ({ nodes }: Graph, column: number) => nodes.filter((node) => node.column === column).length;

function columnX({ nodes, width }: Graph, column: number): number {
  return nodes.find((node) => node.column === column)?.x ?? (width * column) / 3;
}

function edgeSvg({ from, to, flows, deny, wildcard }: GraphEdge, nodes: readonly GraphNode[]): Markup {
  const [x1, y1] = [from.x + from.width, from.y + nodeHeight / 2];
  const [x2, y2] = [to.x, to.y + nodeHeight / 2];
  const bend = (x2 - x1) / 2;
  const kind = [deny && 'deny', wildcard && 'wild'].filter(Boolean).join(' ');
  const width = Math.min(4, 1 + Math.log2(flows.size) / 2).toFixed(1);
  return markup`<path class="${kind}" data-from="${nodes.indexOf(from)}" data-to="${nodes.indexOf(to)}" data-flows="${[...flows].join(' ')}" stroke-width="${width}" d="${`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}"/>`;
}

function nodeSvg(node: GraphNode, index: number): Markup {
  const { label, wildcard, stands, term, flows, x, y, width, column } = node;
  const tail = stands > 1 ? ` (${stands})` : '';
  const room = Math.floor((width - 20) / characterWidth) - tail.length;
  const shown = label.length > room ? `${label.slice(0, Math.max(1, room - 1)).trimEnd()}…` : label;
  const kind = ['who', 'action', 'resource'][column] ?? '';
  const wild = wildcard ? 'wild' : '';
  const full = `${label}${stands > 1 ? `, ${stands} drawn as one` : ''}, ${counted(flows.size, 'statement')}`;
  return markup`<g class="${`node ${kind} ${wild}`}" data-node="${index}" data-column="${column}" data-flows="${[...flows].join(' ')}" data-term="${term}" role="button" tabindex="${index === 0 ? 0 : -1}" aria-label="${full}" transform="translate(${x} ${y})"><title>${full}</title><rect width="${width}" height="${nodeHeight}" rx="6"/><text x="10" y="${nodeHeight / 2 + 4.5}">${shown}${tail}</text></g>`;
}
