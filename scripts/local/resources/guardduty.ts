/** Plans of GuardDuty Malware Protection for S3. */
import { createHash } from 'node:crypto';
import { localAccountId } from '../intrinsics';
import { checkPlanRole } from '../malware-plan';
import { type Handlers, properties, tagsReason, textOf } from './handler';

interface PlanProperties {
  readonly ProtectedResource?: {
    readonly S3Bucket?: { readonly BucketName?: string; readonly ObjectPrefixes?: readonly string[] };
  };
  readonly Actions?: { readonly Tagging?: { readonly Status?: string } };
}

export const guardDutyHandlers: Handlers = {
  'AWS::GuardDuty::MalwareProtectionPlan': {
    properties: properties(['Actions', 'ProtectedResource', 'Role'], {
      Tags: tagsReason,
    }),
    create: async (resource, { accessControl, declared }) => {
      const { ProtectedResource, Actions } = resource.properties as PlanProperties;
      const { BucketName: bucket, ObjectPrefixes: prefixes = [''] } = ProtectedResource?.S3Bucket ?? {};
      if (bucket === undefined)
        throw new Error('ProtectedResource.S3Bucket.BucketName was expected, and is absent');
      const id = createHash('sha256').update(resource.generatedName).digest('hex').slice(0, 20);
      const arn = `arn:aws:guardduty:${resource.region}:${localAccountId}:malware-protection-plan/${id}`;
      const roleArn = textOf(resource, 'Role');
      await checkPlanRole(accessControl.authorize, { roleArn, bucket, arn });
      const tagging = Actions?.Tagging?.Status === 'ENABLED';
      declared.malwarePlans.push({ arn, bucket, prefixes, tagging, roleArn });
      return {
        ref: id,
        attributes: { Arn: arn, MalwareProtectionPlanId: id, Status: 'ACTIVE' },
      };
    },
  },
};
