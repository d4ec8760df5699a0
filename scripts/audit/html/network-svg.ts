/** Security groups as a graph, laid out in layers in the direction of the traffic. */
import type { Network } from '../report';
import { counted, type Markup, markup } from './markup';
import { stackOf } from './parts';

interface Box {
  readonly key: string;
  readonly title: string;
  readonly detail: string;
  /** Everything that it stands for, a line each. */
  readonly full: readonly string[];
  readonly outside: boolean;
}

interface Line {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly string[];
  /** Whether one side only has a rule for it. */
  readonly sides: ReadonlySet<'ingress' | 'egress'>;
  readonly reasons: readonly string[];
}

interface End {
  readonly line: Line;
  readonly from: PlacedBox;
  readonly to: PlacedBox;
}

interface PlacedBox extends Box {
  readonly x: number;
  readonly y: number;
}

const boxWidth = 210;
const boxHeight = 62;
const columnGap = 130;
const rowGap = 26;
const margin = 12;

export function networkSvg(network: Network): Markup {
  // The rule that CDK adds so that EC2 does not add one to everywhere: no line that somebody could follow.
  const rules = network.rules.filter(({ to }) => !to.includes('255.255.255.255/32'));
  const real = { ...network, rules };
  const { boxes: drawn, lines } = mergedAlike(boxesOf(real), linesOf(real));
  const boxes = placed(drawn, lines);
  const width = Math.max(...boxes.map(({ x }) => x)) + boxWidth + margin;
  const height = Math.max(...boxes.map(({ y }) => y)) + boxHeight + margin;
  const at = new Map(boxes.map((box) => [box.key, box]));
  const ends = lines.flatMap((line) => {
    const [from, to] = [at.get(line.from), at.get(line.to)];
    return from && to ? [{ line, from, to }] : [];
  });
  return markup`<svg class="network" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${`${counted(network.groups.length, 'security group')}; every connection is in the table below`}">
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z"/></marker></defs>
${ends.map(({ line, from, to }, index) => lineSvg(line, index, from, to))}
${boxes.map(boxSvg)}
${labelled(ends, boxes).map(labelSvg)}
</svg>`;
}

function boxesOf({ groups, rules }: Network): readonly Box[] {
  const known = new Set(groups.map(({ path }) => path));
  const others = new Set(rules.flatMap(({ from, to }) => [from, to]).filter((key) => !known.has(key)));
  return [
    ...groups.map(({ path, name, members }) => ({
      key: path,
      title: shortName(name, path),
      detail:
        members.length === 1
          ? (members[0] ?? '')
          : members.length > 1
            ? counted(members.length, 'member')
            : 'no members here',
      full: [name, ...members],
      outside: false,
    })),
    ...[...others].map((key) => ({
      ...{ key, title: key, full: [key], outside: true },
      detail: 'outside of the groups',
    })),
  ];
}

export const shortName = (name: string, path: string): string =>
  name.replace(/\s*security group(?: of)?\s*/, ' ').trim() || stackOf(path);

/** Groups that talk to the same others over the same ports are one box: a function's group is like the next one's. */
function mergedAlike(boxes: readonly Box[], lines: readonly Line[]) {
  const alike = new Map<string, Box[]>();
  for (const box of boxes) {
    const talks = lines.flatMap((line) => {
      const rest = `${line.ports.join()} ${[...line.sides].sort().join()}`;
      if (line.from === box.key) return [`> ${line.to} ${rest}`];
      return line.to === box.key ? [`< ${line.from} ${rest}`] : [];
    });
    const key = `${box.outside}\n${talks.sort().join('\n') || box.key}`;
    alike.set(key, [...(alike.get(key) ?? []), box]);
  }
  const standsFor = new Map<string, string>();
  const merged = [...alike.values()].flatMap((same): Box[] => {
    const [first, second] = same;
    if (!first) return [];
    for (const { key } of same) standsFor.set(key, first.key);
    if (!second) return [first];
    const title = `${same.length} ${first.outside ? 'address ranges' : 'groups alike'}`;
    const names = same.map((box) => box.title);
    return [{ ...first, title, detail: names.join(', '), full: names }];
  });
  const drawn = new Map<string, Line>();
  for (const line of lines) {
    const from = standsFor.get(line.from) ?? line.from;
    const to = standsFor.get(line.to) ?? line.to;
    drawn.set(`${from}\n${to}`, { ...line, from, to });
  }
  return { boxes: merged, lines: [...drawn.values()] };
}

/** Rules of both sides and all ports between the same two ends are one line. */
export function linesOf({ rules }: Network): readonly Line[] {
  const between = new Map<string, Network['rules'][number][]>();
  for (const rule of rules) {
    const key = `${rule.from}\n${rule.to}`;
    between.set(key, [...(between.get(key) ?? []), rule]);
  }
  return [...between.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    return [
      {
        from: first.from,
        to: first.to,
        ports: [...new Set(same.map(({ port }) => port))],
        sides: new Set(same.map(({ direction }) => direction)),
        reasons: [...new Set(same.map(({ description }) => description).filter(Boolean))],
      },
    ];
  });
}

/** The layer of a box is the longest way to it; a way that comes back to where it was ends there. */
function placed(boxes: readonly Box[], lines: readonly Line[]): readonly PlacedBox[] {
  const depth = new Map<string, number>();
  const layer = (key: string, seen: ReadonlySet<string>): number => {
    const known = depth.get(key);
    if (known !== undefined) return known;
    const before = lines.filter(({ from, to }) => to === key && from !== key && !seen.has(from));
    const found = Math.max(-1, ...before.map(({ from }) => layer(from, new Set([...seen, key])))) + 1;
    if (seen.size === 0) depth.set(key, found);
    return found;
  };
  for (const { key } of boxes) layer(key, new Set());
  const depths = [...new Set(depth.values())].sort((a, b) => a - b);
  const columns = depths.map((at) => boxes.filter(({ key }) => depth.get(key) === at));
  const order = new Map<string, number>();
  for (const column of columns) {
    const weight = (box: Box) => {
      const near = lines.flatMap(({ from, to }) => (to === box.key ? (order.get(from) ?? []) : []));
      return near.length === 0 ? 0 : near.reduce((sum, place) => sum + place, 0) / near.length;
    };
    column.sort((a, b) => weight(a) - weight(b) || a.title.localeCompare(b.title));
    for (const [index, box] of column.entries()) order.set(box.key, index + (10 - column.length) / 2);
  }
  const tallest = Math.max(...columns.map(({ length }) => length));
  const step = boxHeight + rowGap;
  return columns.flatMap((column, index) =>
    column.map((box, row) => ({
      ...box,
      x: margin + index * (boxWidth + columnGap),
      y: margin + ((tallest - column.length) * step) / 2 + row * step,
    })),
  );
}

/** Ends and bends of a line: forward from side to side, back or within a column around the right side. */
function curve(from: PlacedBox, to: PlacedBox) {
  const forward = to.x > from.x;
  const start = { x: from.x + boxWidth, y: from.y + boxHeight / 2 };
  const end = forward
    ? { x: to.x, y: to.y + boxHeight / 2 }
    : { x: to.x + boxWidth, y: to.y + boxHeight / 2 + (from === to ? 14 : 0) };
  const reach = forward ? Math.max(40, (end.x - start.x) / 2) : 60;
  const bends = [start.x + reach, forward ? end.x - reach : end.x + reach] as const;
  const at = (t: number): Point => ({
    x: bezier(t, start.x, bends[0], bends[1], end.x),
    y: bezier(t, start.y, start.y, end.y, end.y),
  });
  return {
    path: `M${start.x} ${start.y}C${bends[0]} ${start.y} ${bends[1]} ${end.y} ${end.x} ${end.y}`,
    at,
  };
}

const bezier = (t: number, a: number, b: number, c: number, d: number): number =>
  (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t ** 2 * c + t ** 3 * d;

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Label extends Point {
  readonly text: string;
  readonly full: string;
  readonly width: number;
}

/** Each label as near to the middle of its line as others and the boxes leave room. */
function labelled(ends: readonly End[], boxes: readonly PlacedBox[]): readonly Label[] {
  const labels: Label[] = [];
  for (const { line, from, to } of ends) {
    const { ports } = line;
    const text = ports.length > 2 ? `${ports.slice(0, 2).join(', ')}…` : ports.join(', ');
    const width = text.length * 7.2 + 10;
    const { at } = curve(from, to);
    const free = ({ x, y }: Point) =>
      labels.every(
        (other) => Math.abs(other.x - x) > (other.width + width) / 2 || Math.abs(other.y - y) > 22,
      ) &&
      boxes.every(
        (box) =>
          x + width / 2 < box.x ||
          x - width / 2 > box.x + boxWidth ||
          y + 10 < box.y ||
          y - 10 > box.y + boxHeight,
      );
    const places = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82, 0.1, 0.9].map(at);
    const place = places.find(free) ?? at(0.5);
    labels.push({ ...place, text, width, full: ports.join(', ') });
  }
  return labels;
}

function lineSvg(line: Line, index: number, from: PlacedBox, to: PlacedBox): Markup {
  const inside = !from.outside && !to.outside;
  const kind = [inside && line.sides.size < 2 && 'half', from.outside && 'entry'].filter(Boolean).join(' ');
  return markup`<path class="${`line ${kind}`}" data-line="${index}" data-from="${line.from}" data-to="${line.to}" d="${curve(from, to).path}" marker-end="url(#arrow)"/>`;
}

function labelSvg({ x, y, text, width, full }: Label, index: number): Markup {
  return markup`<g class="port" data-line="${index}"><rect x="${round(x - width / 2)}" y="${round(y - 10)}" width="${round(width)}" height="20" rx="10"/><text x="${round(x)}" y="${round(y + 4)}" text-anchor="middle">${text}</text><title>${full}</title></g>`;
}

const round = (number: number): number => Math.round(number * 10) / 10;

function boxSvg({ key, title, detail, full, outside, x, y }: PlacedBox): Markup {
  return markup`<g class="${`box ${outside ? 'outside' : ''}`}" data-box="${key}" transform="translate(${x} ${y})"><title>${full.join('\n')}</title><rect width="${boxWidth}" height="${boxHeight}" rx="8"/><text x="12" y="26" class="title">${cut(title, 23)}</text><text x="12" y="46">${cut(detail, 27)}</text></g>`;
}

const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;
