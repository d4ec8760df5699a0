import { holdsData, type StatefulInventory, type StatefulResource } from './stateful';

/**
 * Differences between two inventories, each as a sentence: what changed, and what a deployment would do to the
 * data. Empty when a deployment touches nothing stateful.
 */
export function describeStatefulChanges(before: StatefulInventory, after: StatefulInventory): string[] {
  const changes: string[] = [];
  for (const stack of union(before, after)) {
    const old = before[stack] ?? {};
    const now = after[stack] ?? {};
    for (const id of union(old, now)) {
      const name = `${stack}/${id}`;
      const [was, is] = [old[id], now[id]];
      if (!was && is) changes.push(`${name} (${is.type}) is new: the deployment creates it, empty.`);
      else if (was && !is)
        changes.push(`${name} (${was.type}) is gone or renamed: ${fate(was, 'deletionPolicy')}`);
      else if (was && is) changes.push(...compare(name, was, is));
    }
  }
  return changes;
}

function compare(name: string, was: StatefulResource, is: StatefulResource): string[] {
  if (was.type !== is.type)
    return [`${name} was a ${was.type} and is a ${is.type}: ${fate(was, 'deletionPolicy')}`];
  const changes: string[] = [];
  for (const property of union(was.properties, is.properties)) {
    const [from, to] = [was.properties[property], is.properties[property]];
    if (show(from) === show(to)) continue;
    changes.push(
      `${name} (${is.type}): ${property} was ${show(from)} and is ${show(to)}. The deployment creates a new, ` +
        `empty resource in its place; ${fate(is, 'updateReplacePolicy')}`,
    );
  }
  for (const policy of ['deletionPolicy', 'updateReplacePolicy'] as const) {
    if (was[policy] === is[policy]) continue;
    const danger = is[policy] === 'Delete' || is[policy] === undefined;
    changes.push(
      `${name} (${is.type}): ${policy} was ${show(was[policy])} and is ${show(is[policy])}` +
        `${danger ? ': from now on its data goes with it' : ''}.`,
    );
  }
  return changes;
}

function fate(resource: StatefulResource, policy: 'deletionPolicy' | 'updateReplacePolicy'): string {
  const loss = holdsData.has(resource.type) ? ' with everything in it' : '';
  if (resource[policy] === 'Retain' || resource[policy] === 'RetainExceptOnCreate') {
    return 'the old one stays in the account, unmanaged, with its data.';
  }
  if (resource[policy] === 'Snapshot') return 'the old one is deleted, and a final snapshot stays.';
  return `the old one is deleted${loss}.`;
}

const union = (a: object, b: object): string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
const show = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value));
