/** The section about the network: security groups as a graph and as a table, endpoints, ways out. */
import type { Network } from '../report';
import { type Content, type Markup, markup } from './markup';
import { linesOf, networkSvg, shortName } from './network-svg';
import { breakable, type Section, stackOf, table } from './parts';

export function network(whole: Network): Section {
  const { groups, endpoints, routes } = whole;
  return {
    id: 'network',
    title: 'Network',
    count: linesOf(whole).length + endpoints.length + routes.length,
    lead: 'Which security groups may open connections to which, and the ways out. A dashed line has a rule on one side only.',
    body: [
      groups.length === 0
        ? markup`<p class="empty">There are no security groups.</p>`
        : [
            markup`<div class="scroll" tabindex="0" role="region" aria-label="Graph of the network">${networkSvg(whole)}</div>`,
            rulesTable(whole),
          ],
      endpoints.length > 0 && [markup`<h3>Endpoints of AWS services</h3>`, endpointsTable(endpoints)],
      routes.length > 0 && [markup`<h3>Ways out of subnets</h3>`, routesTable(routes)],
    ],
  };
}

function rulesTable(network: Network): Markup {
  const { groups } = network;
  return table(
    'Rules of security groups',
    linesOf(network),
    [
      { heading: 'From', cell: ({ from }) => nameOf(groups, from) },
      { heading: 'To', cell: ({ to }) => nameOf(groups, to) },
      { heading: 'Ports', cell: ({ ports }) => ports.map((port) => markup`<code>${port}</code> `) },
      { heading: 'Rules', cell: ({ sides }) => [...sides].sort().reverse().join(' and ') },
      { heading: 'Why', cell: ({ reasons }) => reasons.join('; ') },
    ],
    ({ to, from }) => stackOf(groups.some(({ path }) => path === to) ? to : from),
  );
}

const endpointsTable = (endpoints: Network['endpoints']): Markup =>
  table(
    'Endpoints of AWS services',
    endpoints,
    [
      { heading: 'Service', cell: ({ service }) => markup`<code>${service}</code>` },
      { heading: 'Kind', cell: ({ kind }) => kind },
      { heading: 'What may be asked through it', cell: ({ policy }) => policy },
      { heading: 'Where', cell: ({ path }) => breakable(path) },
    ],
    ({ stack }) => stack,
  );

const routesTable = (routes: Network['routes']): Markup =>
  table(
    'Ways out of subnets',
    routes,
    [
      { heading: 'From', cell: ({ from }) => breakable(from) },
      { heading: 'To', cell: ({ to }) => to },
      { heading: 'Through', cell: ({ through }) => breakable(through) },
    ],
    ({ stack }) => stack,
  );

function nameOf(groups: Network['groups'], key: string): Content {
  const group = groups.find(({ path }) => path === key);
  return group ? [shortName(group.name, key), markup`<br><small>${breakable(key)}</small>`] : key;
}
