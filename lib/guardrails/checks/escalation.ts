import { isAbout, type PlacedStatement, type Principal } from '../statements';
import { escalationPaths } from './escalation-paths';
import type { Check } from './finding';

/** What a principal could become by all it may do together, whatever statement or policy that is in. */
export const escalation: Check = function* ({ principals }) {
  for (const principal of principals) {
    const byConsequence = new Map<string, Set<string>>();
    for (const { actions, passedTo, lets } of escalationPaths) {
      const open = actions.every((action) =>
        action === 'iam:PassRole'
          ? passes(principal, passedTo as string)
          : allowing(principal, action).length > 0,
      );
      if (!open) continue;
      const found = byConsequence.get(lets) ?? new Set();
      byConsequence.set(lets, found.add(actions.join(' with ')));
    }
    for (const [lets, combinations] of byConsequence) {
      yield {
        stack: principal.stack,
        logicalId: principal.logicalId,
        description: `${[...combinations].join(', ')} ${lets}`,
        fix: 'Split the rights between two principals, or leave it to the deployment or to people with a role of their own.',
      };
    }
  }
};

function allowing({ statements }: Principal, action: string): PlacedStatement[] {
  const about = statements.filter(({ statement }) => isAbout(statement, action));
  const forbidden = about.some(
    ({ statement: { Effect, Resource, Condition } }) =>
      Effect === 'Deny' && !Condition && [Resource].flat().includes('*'),
  );
  return forbidden ? [] : about.filter(({ statement }) => statement.Effect === 'Allow');
}

/** Whether a role can be passed to the service: by a statement that names it, or that names none. */
const passes = (principal: Principal, service: string): boolean =>
  allowing(principal, 'iam:PassRole').some(({ statement: { Condition = {} }, write }) => {
    const services = Object.values(Condition)
      .flatMap((tests) => Object.entries(tests))
      .filter(([key]) => /^iam:PassedToService$/i.test(key))
      .flatMap(([, value]) => [value].flat().map(write));
    return (
      services.length === 0 ||
      services.some((value) => /[*?$]/.test(value) || value.startsWith(`${service}.`))
    );
  });
