import { CrossStackReferences, ReferenceStrength } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * References to data, and to the network that holds it, are exports: CloudFormation then refuses to delete or
 * replace the resource while another stack uses it. All other references stay weak (the default in
 * cdk.json), because an export would block harmless changes such as switching the proxy off.
 */
export function referToStrongly(...constructs: IConstruct[]): void {
  for (const construct of constructs) CrossStackReferences.of(construct).produce(ReferenceStrength.STRONG);
}
