import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const regulations = {
  nist: 'NIST.800.53.R5',
  hipaa: 'HIPAA.Security',
  pci: 'PCI.DSS.321',
} as const;

/**
 * Accepts findings of the audit packs on one construct, for a reason that a reviewer can check.
 * @param findings as the packs print them, for example `AwsSolutions-RDS11` or `AwsSolutions-IAM5[Resource::*]`;
 *   those of our own checks with their prefix, as `Landfall::reference-strength`
 */
export function acknowledge(construct: IConstruct, reason: string, ...findings: string[]): void {
  Validations.of(construct).acknowledge(
    ...findings.map((finding) => ({
      id: finding.startsWith('Landfall::') ? finding : `${finding.slice(0, finding.indexOf('-'))}::${finding}`,
      reason,
    })),
  );
}

/** The findings that one rule makes in the packs of `audit: full`, which mostly share their rules. */
export function regulated(
  rule: string,
  packs: readonly (keyof typeof regulations)[] = ['nist', 'hipaa', 'pci'],
) {
  return packs.map((pack) => `${regulations[pack]}-${rule}`);
}
