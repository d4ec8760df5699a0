import { resourcesOf } from '../statements';
import type { Check } from './finding';

const blocks = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'] as const;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
export const publicBuckets: Check = function* (assembly) {
  for (const [stack, logicalId, { Type, Properties = {} }] of resourcesOf(assembly)) {
    if (Type !== 'AWS::S3::Bucket') continue;
    const { PublicAccessBlockConfiguration, AccessControl, WebsiteConfiguration } = Properties;
    const block = (PublicAccessBlockConfiguration ?? {}) as Partial<Record<(typeof blocks)[number], unknown>>;
    const missing = blocks.filter((name) => block[name] !== true);
    const open = [
      ...(missing.length > 0 ? [`no ${missing.join(', ')}`] : []),
      ...(/^(Public|Authenticated)/.test(String(AccessControl ?? ''))
        ? [`AccessControl ${AccessControl}`]
        : []),
      ...(WebsiteConfiguration ? ['a website of its own'] : []),
    ];
    if (open.length === 0) continue;
    yield {
      stack,
      logicalId,
      description: `The bucket can be read past CloudFront: ${open.join(', ')}`,
      fix: 'Block all public access, and let CloudFront read it.',
    };
  }
};

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
export const publicFunctionUrls: Check = function* (assembly) {
  for (const [stack, logicalId, { Type, Properties = {} }] of resourcesOf(assembly)) {
    const isUrl = Type === 'AWS::Lambda::Url' && Properties.AuthType !== 'AWS_IAM';
    const isPermission = Type === 'AWS::Lambda::Permission' && Properties.FunctionUrlAuthType === 'NONE';
    if (!isUrl && !isPermission) continue;
    yield {
      stack,
      logicalId,
      description:
        'The function has an address that anybody may call, past the API with its authorizer and limits',
      fix: 'Call it through the API, or set AuthType AWS_IAM.',
    };
  }
};
