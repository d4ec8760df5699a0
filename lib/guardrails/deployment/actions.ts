import facts from './actions.json';
import { additions, omissions, readsAll } from './corrections';

const known: Readonly<Record<string, readonly string[]>> = facts.types;

/** Actions that AWS allows for all resources or not at all. */
export const withoutResource: ReadonlySet<string> = new Set(facts.withoutResource);

const isOmitted = (action: string): boolean =>
  !readsAll.test(action) && omissions.some(({ pattern }) => pattern.exec(action)?.[0] === action);

/**
 * What CloudFormation does with resources of a type: create, read, update and delete them.
 * @throws for a type that the file has no facts about
 */
export function actionsOfType(type: string): readonly string[] {
  // A function of the stacks does the work, and CloudFormation calls it.
  if (type.startsWith('Custom::')) return ['lambda:InvokeFunction'];
  const documented = known[type];
  if (!documented) {
    throw new Error(
      `Nothing is known about what CloudFormation does with ${type}, so nobody could be allowed to deploy it. Fix: ` +
        `npx tsx scripts/deployment-actions.ts <clone of ${facts.source.repository}> ${type}`,
    );
  }
  const all = [...documented, ...(additions[type]?.actions ?? [])];
  return [...new Set(all)].filter((action) => !isOmitted(action)).sort();
}
