import type { Assembly, PlacedStatement } from '../statements';
import type { Violation } from '../template';

/** Something a check objects to; the table of rules gives it its name. */
export type Finding = Omit<Violation, 'rule'>;

export type Check = (assembly: Assembly) => Iterable<Finding>;

/** A check that looks at one statement after the other. */
export const eachStatement =
  (
    judge: (at: PlacedStatement, assembly: Assembly) => Iterable<readonly [description: string, fix: string]>,
  ): Check =>
  (assembly) =>
    assembly.statements.flatMap((at) =>
      [...judge(at, assembly)].map(([description, fix]) => ({
        stack: at.stack,
        logicalId: at.logicalId,
        description,
        fix,
      })),
    );
