/** The graph principal -> action -> resource of any set of statements, laid out in three columns. No DOM, no CDK. */
import { type Bin, columnOf, type Flow } from './graph-columns';

export interface GraphNode {
  readonly key: string;
  readonly column: 0 | 1 | 2;
  readonly label: string;
  readonly wildcard: boolean;
  /** How many names are drawn as this one. */
  readonly stands: number;
  /** The term of the filter that leaves what runs through this node. */
  readonly term: string;
  /** Indices of the flows that run through it. */
  readonly flows: ReadonlySet<number>;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface GraphEdge {
  readonly from: GraphNode;
  readonly to: GraphNode;
  readonly flows: ReadonlySet<number>;
  readonly deny: boolean;
  readonly wildcard: boolean;
}

export interface Graph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** What was drawn together because there was too much, in words. */
  readonly collapsed: readonly string[];
}

export const nodeHeight = 28;
const gap = 8;
const headingHeight = 34;
/** Where each column begins and how wide it is, as parts of the width: resources have the longest names. */
const columnShares = [
  { at: 0, width: 0.24 },
  { at: 0.33, width: 0.24 },
  { at: 0.66, width: 0.34 },
] as const;

type Draft = Bin & { readonly column: 0 | 1 | 2; readonly stands: number; readonly flows: Set<number> };
interface DraftEdge {
  readonly from: Draft;
  readonly to: Draft;
  readonly flows: Set<number>;
  deny: boolean;
  wildcard: boolean;
}

export function layOut(flows: readonly Flow[], width: number): Graph {
  const columns = columnOf(flows);
  const drafts = new Map<string, Draft>();
  const edges = new Map<string, DraftEdge>();
  const node = (at: 0 | 1 | 2, bin: Bin, flow: number): Draft => {
    const key = `${at} ${bin.key}`;
    const known = drafts.get(key) ?? {
      ...bin,
      column: at,
      stands: columns[at].names.get(bin.key) ?? 1,
      flows: new Set<number>(),
    };
    drafts.set(key, known);
    known.flows.add(flow);
    return known;
  };
  const connect = (from: Draft, to: Draft, flow: number, deny: boolean, wildcard: boolean) => {
    const key = `${from.column} ${from.key}\n${to.key}\n${deny}`;
    const edge = edges.get(key) ?? { from, to, flows: new Set<number>(), deny, wildcard };
    edges.set(key, edge);
    edge.flows.add(flow);
    edge.wildcard ||= wildcard;
  };
  for (const [index, flow] of flows.entries()) {
    const from = node(0, columns[0].bin(flow), index);
    const to = flow.targets.map((target) => [node(2, columns[2].bin(target), index), target] as const);
    for (const action of flow.actions) {
      const via = node(1, columns[1].bin(action), index);
      connect(from, via, index, flow.deny, action.includes('*'));
      for (const [end, target] of to) connect(via, end, index, flow.deny, target.wildcard);
    }
  }
  return placed(
    [...drafts.values()],
    [...edges.values()],
    width,
    columns.map(({ words }) => words).filter(Boolean),
  );
}

/** Orders each column by where its neighbours are, which leaves few crossings, and gives everything its place. */
function placed(
  drafts: readonly Draft[],
  edges: readonly DraftEdge[],
  width: number,
  collapsed: readonly string[],
): Graph {
  const byLabel = (a: Draft, b: Draft) => a.label.localeCompare(b.label);
  const ordered = ([0, 1, 2] as const).map((at) =>
    drafts.filter(({ column }) => column === at).sort(byLabel),
  );
  const order = (at: number, by: number) => {
    const position = new Map((ordered[by] ?? []).map((draft, index) => [draft, index]));
    const weight = new Map(
      (ordered[at] ?? []).map((draft) => {
        const near = edges.flatMap(({ from, to }) => (from === draft ? [to] : to === draft ? [from] : []));
        const places = near.flatMap((other) => position.get(other) ?? []);
        return [draft, places.reduce((sum, place) => sum + place, 0) / Math.max(1, places.length)];
      }),
    );
    ordered[at]?.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0) || byLabel(a, b));
  };
  for (const [at, by] of [
    [1, 0],
    [2, 1],
    [1, 2],
    [0, 1],
    [1, 0],
    [2, 1],
  ] as const)
    order(at, by);
  const tallest = Math.max(0, ...ordered.map(({ length }) => length));
  const height = headingHeight + tallest * (nodeHeight + gap);
  const nodes = new Map<Draft, GraphNode>();
  for (const [at, members] of ordered.entries()) {
    const share = columnShares[at] ?? columnShares[0];
    const columnWidth = Math.round(width * share.width) - 1;
    const x = Math.round(width * share.at);
    const free = height - headingHeight - members.length * (nodeHeight + gap);
    for (const [index, draft] of members.entries()) {
      const y = headingHeight + free / 2 + index * (nodeHeight + gap);
      nodes.set(draft, { ...draft, x, y, width: columnWidth });
    }
  }
  const at = (draft: Draft): GraphNode => nodes.get(draft) as GraphNode;
  return {
    width,
    height,
    nodes: [...nodes.values()],
    edges: edges.map((edge) => ({ ...edge, from: at(edge.from), to: at(edge.to) })),
    collapsed,
  };
}
