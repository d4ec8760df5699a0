/** How many names of a kind become few enough to be drawn in a column: one by one, or several as one. */

/** What the graph needs to know of a statement. */
export interface Flow {
  readonly principal: string;
  readonly stack: string;
  readonly deny: boolean;
  readonly actions: readonly string[];
  readonly targets: readonly FlowTarget[];
}

export interface FlowTarget {
  readonly words: string;
  /** The construct it belongs to, otherwise the words. */
  readonly resource: string;
  readonly service: string;
  readonly wildcard: boolean;
}

/** More nodes than this in a column cannot be read. */
const mostPerColumn = 22;

export interface Bin {
  readonly key: string;
  readonly label: string;
  readonly term: string;
  readonly wildcard: boolean;
}

type Binning<T> = readonly { readonly of: (item: T) => Bin; readonly words: string }[];

const quoted = (text: string): string => (/[\s"]/.test(text) ? `"${text.replaceAll('"', '')}"` : text);

const principals: Binning<Flow> = [
  {
    of: ({ principal }) => ({
      ...{ key: principal, label: principal, wildcard: principal === 'anybody' },
      term: `principal:${quoted(principal)}`,
    }),
    words: '',
  },
  {
    of: ({ stack }) => ({
      ...{ key: stack, label: `stack ${stack}`, wildcard: false },
      term: `stack:${quoted(stack)}`,
    }),
    words: 'principals by stack',
  },
];

const actions: Binning<string> = [
  {
    of: (action) => ({
      ...{ key: action, label: action, wildcard: action.includes('*') },
      term: `action:${quoted(action)}`,
    }),
    words: '',
  },
  {
    of: (action) => {
      const service = action.split(':')[0] ?? action;
      return {
        key: service,
        wildcard: service === '*',
        label: service === '*' ? '*' : `${service}:`,
        term: `action:${quoted(service === '*' ? '*' : `${service}:`)}`,
      };
    },
    words: 'actions by service',
  },
];

const targets: Binning<FlowTarget> = [
  {
    of: ({ words, wildcard }) => ({ key: words, label: words, wildcard, term: `resource:${quoted(words)}` }),
    words: '',
  },
  {
    of: ({ resource }) => ({
      ...{ key: resource, label: resource, wildcard: false },
      term: `resource:${quoted(resource)}`,
    }),
    words: 'resources by construct',
  },
  {
    of: ({ service }) => ({
      ...{ key: service, label: `${service} resources`, wildcard: false },
      term: `service:${quoted(service)}`,
    }),
    words: 'resources by service',
  },
];

interface Column<T> {
  readonly bin: (item: T) => Bin;
  readonly words: string;
  readonly names: ReadonlyMap<string, number>;
}

/** The finest way to name the items that still fits into a column. What would stand for one name keeps that name. */
function column<T>(items: readonly T[], binnings: Binning<T>): Column<T> {
  const [finest] = binnings;
  if (!finest) throw new Error('A column needs at least one way to name its items.');
  for (const [index, { of, words }] of binnings.entries()) {
    const names = new Map<string, Map<string, Bin>>();
    for (const item of items) {
      const within = names.get(of(item).key) ?? new Map<string, Bin>();
      const single = finest.of(item);
      names.set(of(item).key, within.set(single.key, single));
    }
    if (names.size > mostPerColumn && index < binnings.length - 1) continue;
    const bin = (item: T): Bin => {
      const [single, second] = names.get(of(item).key)?.values() ?? [];
      return single && !second ? single : of(item);
    };
    return { bin, words, names: new Map([...names].map(([key, { size }]) => [key, size])) };
  }
  throw new Error('The last way to name the items is always taken.');
}

/** How the principals, actions and resources of these statements are named, in this order. */
export const columnOf = (flows: readonly Flow[]) =>
  [
    column(flows, principals),
    column(
      flows.flatMap((flow) => flow.actions),
      actions,
    ),
    column(
      flows.flatMap((flow) => flow.targets),
      targets,
    ),
  ] as const;
