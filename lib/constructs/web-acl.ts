import { Stack } from 'aws-cdk-lib';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config/schema';
import type { Encryption } from './encryption';
import { LogGroup } from './log-group';
import type { Removal } from './removal';

export interface WebAclProps {
  /** ARN of the API stage or user pool to protect. */
  readonly resourceArn: string;
  readonly protects: 'api' | 'user-pool';
  readonly logRetentionDays: EnvironmentConfig['logRetentionDays'];
  readonly removal: Removal;
  readonly encryption: Encryption;
}

/**
 * Requests of one address in 5 minutes before it is blocked; a busy single-page application makes ~300. An office
 * shares one address, and so do the functions through which people sign in by magic link.
 */
const rateLimit = 2000;

/** AWS's managed rule groups, in order of evaluation, each with the rules that count a request and let it pass. */
const managedGroups: Record<WebAclProps['protects'], Readonly<Record<string, readonly string[]>>> = {
  api: {
    AWSManagedRulesAmazonIpReputationList: [],
    AWSManagedRulesKnownBadInputsRuleSet: [],
    // A body may hold a file name with `../` in it. It is cleaned by the function and never used as a path.
    AWSManagedRulesCommonRuleSet: ['GenericLFI_BODY'],
    AWSManagedRulesSQLiRuleSet: [],
  },
  // The common rules take a redirect URI in the query for a remote file and a SAML answer for a body that is too
  // long. What people type in, Cognito does not show to WAF, so that there is nothing to look for SQL in.
  // https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-waf.html
  'user-pool': {
    AWSManagedRulesAmazonIpReputationList: [],
    AWSManagedRulesKnownBadInputsRuleSet: [],
  },
};

/** A firewall in front of a regional resource: AWS's rule groups and a limit per address. */
export class WebAcl extends Construct {
  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    const visibility = (metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty => ({
      cloudWatchMetricsEnabled: true,
      sampledRequestsEnabled: true,
      metricName,
    });

    const acl = new wafv2.CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('web-acl'),
      rules: [
        {
          name: 'rate-per-address',
          priority: 0,
          action: { block: {} },
          statement: { rateBasedStatement: { limit: rateLimit, aggregateKeyType: 'IP' } },
          visibilityConfig: visibility('rate-per-address'),
        },
        ...Object.entries(managedGroups[props.protects]).map(([name, counted], index) => ({
          name,
          priority: index + 1,
          overrideAction: { none: {} },
          statement: {
            managedRuleGroupStatement: {
              vendorName: 'AWS',
              name,
              ...(counted.length > 0 && {
                ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
              }),
            },
          },
          visibilityConfig: visibility(name),
        })),
      ],
    });
    new wafv2.CfnWebACLAssociation(this, 'Association', {
      resourceArn: props.resourceArn,
      webAclArn: acl.attrArn,
    });

    // WAF writes to groups of this name prefix only.
    const logGroup = new LogGroup(this, 'Logs', {
      name: `aws-waf-logs-${Stack.of(this).stackName}`,
      retentionDays: props.logRetentionDays,
      removal: props.removal,
      encryption: props.encryption,
    });
    new wafv2.CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      logDestinationConfigs: [logGroup.logGroupArn],
      // Tokens and one-time codes never reach a log.
      redactedFields: [{ singleHeader: { Name: 'authorization' } }, { queryString: {} }],
    });
  }
}
