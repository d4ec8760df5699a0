import { accessRules } from './access';
import { addressRules } from './addresses';
import { auditRules } from './audit';
import { capacityRules } from './capacity';
import { deploymentRules } from './deployment';
import { fileRules } from './files';
import { identityRules } from './identity';
import { listRules } from './lists';
import { protectionRules } from './protection';
import { providerRules } from './providers';
import type { Rule } from './rule';
import { zoneRules } from './zones';

/** Every condition between fields, in the order in which their faults are reported. */
export const rules: readonly Rule[] = [
  ...addressRules,
  ...zoneRules,
  ...providerRules,
  ...protectionRules,
  ...deploymentRules,
  ...capacityRules,
  ...accessRules,
  ...identityRules,
  ...fileRules,
  ...auditRules,
  ...listRules,
];
