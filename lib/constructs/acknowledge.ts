import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { acknowledgementsKey, isDay, type RecordedAcknowledgement } from '../guardrails/acknowledgements';
import { ownerOf } from '../guardrails/owners';

const regulations = {
  nist: 'NIST.800.53.R5',
  hipaa: 'HIPAA.Security',
  pci: 'PCI.DSS.321',
} as const;

/** A choice that the house advises against, bought with a sentence that says why it is right here. */
export interface Acceptance {
  /** A reviewer can check it. */
  readonly reason: string;
  /** Day on which it was accepted, `2026-11-26`; a year later somebody looks at it again. */
  readonly date: string;
}

/**
 * Accepts findings of the audit packs on one construct. The assembly's metadata says who answers for it: the owner of
 * the stack.
 * @param findings as the packs print them, for example `AwsSolutions-RDS11` or `AwsSolutions-IAM5[Resource::*]`;
 *   those of our own checks with their prefix, as `Landfall::reference-strength`
 */
export function acknowledge(
  construct: IConstruct,
  { reason, date }: Acceptance,
  ...findings: string[]
): void {
  if (!isDay(date)) {
    throw new Error(
      `Accepting ${findings.join(', ')} at ${construct.node.path}: expected the day on which it was accepted, ` +
        `for example 2026-11-26, and found "${date}"`,
    );
  }
  const owner = ownerOf(Stack.of(construct).stackName);
  const recorded = findings.map(
    (rule): RecordedAcknowledgement => ({ id: idOf(rule), rule, reason, owner, date }),
  );
  Validations.of(construct).acknowledge(...recorded.map(({ id }) => ({ id, reason })));
  construct.node.addMetadata(acknowledgementsKey, recorded);
}

/** As the CDK knows a finding: below the name of its pack. */
const idOf = (finding: string): string =>
  finding.startsWith('Landfall::') ? finding : `${finding.slice(0, finding.indexOf('-'))}::${finding}`;

/** The findings that one rule makes in the packs of `audit: full`, which mostly share their rules. */
export function regulated(
  rule: string,
  packs: readonly (keyof typeof regulations)[] = ['nist', 'hipaa', 'pci'],
) {
  return packs.map((pack) => `${regulations[pack]}-${rule}`);
}
