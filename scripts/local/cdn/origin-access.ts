/**
 * What a bucket's policy lets CloudFront do. CloudFront has no other permission, so these policies decide here as on
 * AWS: a folder that the policy does not name is out of reach, whatever a behavior says.
 */
import { fits } from '../../../lib/iam/wildcards';

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Access {
  readonly action: 's3:GetObject' | 's3:ListBucket';
  readonly resource: string;
  readonly distributionArn: string;
}

export function cloudFrontMay(policy: unknown, access: Access): boolean {
  const statements = ((policy ?? {}) as { Statement?: Statement | Statement[] }).Statement ?? [];
  const matching = [statements].flat().filter((statement) => concerns(statement, access));
  // A condition that is not known here closes: it keeps an Allow from allowing, and no Deny from denying.
  const applies = (statement: Statement, unknown: boolean) =>
    conditions(statement).every((test) => holds(test, access) ?? unknown);
  return (
    matching.some((statement) => statement.Effect === 'Allow' && applies(statement, false)) &&
    !matching.some((statement) => statement.Effect === 'Deny' && applies(statement, true))
  );
}

function concerns({ Principal, Action = [], Resource = [] }: Statement, access: Access): boolean {
  const { Service = [], AWS = [] } = (typeof Principal === 'object' && Principal ? Principal : {}) as {
    Service?: string | string[];
    AWS?: string | string[];
  };
  const named =
    Principal === '*' || [AWS].flat().includes('*') || [Service].flat().includes('cloudfront.amazonaws.com');
  return (
    named &&
    [Action].flat().some((pattern) => fits(pattern, access.action)) &&
    [Resource].flat().some((pattern) => fits(pattern, access.resource))
  );
}

interface Test {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

const conditions = ({ Condition = {} }: Statement): Test[] =>
  Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => ({
      operator,
      key: key.toLowerCase(),
      values: [value].flat().map(String),
    })),
  );

/** @returns undefined for a condition that is not known here */
function holds({ operator, key, values }: Test, { distributionArn }: Access): boolean | undefined {
  if (key === 'aws:sourcearn') {
    if (operator === 'StringEquals') return values.includes(distributionArn);
    if (/^(StringLike|ArnLike|ArnEquals)$/.test(operator))
      return values.some((pattern) => fits(pattern, distributionArn));
  }
  // CloudFront reads S3 by TLS 1.2 or later.
  if (key === 'aws:securetransport' && operator === 'Bool') return values.includes('true');
  if (key === 's3:tlsversion' && operator === 'NumericLessThan')
    return values.some((value) => Number(value) > 1.2);
  return undefined;
}
