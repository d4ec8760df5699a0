import type { PolicyDocument, Statement } from '../../iam/policy';
import { type PlacedStatement, resourcesOf } from '../statements';
import type { Resource } from '../template';
import { unknown, type Written } from '../written';
import type { Check } from './finding';

/**
 * Characters that a policy may have, spaces not counted, by the type that holds it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and the quotas of each service, November 2026
 */
const limits: Readonly<Record<string, number>> = {
  'AWS::IAM::ManagedPolicy': 6144,
  'AWS::S3::BucketPolicy': 20_480,
  'AWS::KMS::Key': 32_768,
  'AWS::SQS::QueuePolicy': 8192,
  'AWS::SNS::TopicPolicy': 30_720,
  'AWS::SecretsManager::ResourcePolicy': 20_480,
  'AWS::DynamoDB::Table': 20_480,
  'AWS::ApiGateway::RestApi': 8192,
};

/** All inline policies of a role together. */
const inlineLimit = 10_240;
const trustLimit = 2048;

/** What a reference is taken for: names that CloudFormation makes have up to 64 characters, most of them fewer. */
const referenceLength = 64;

/** CloudFormation finds out in the middle of a deployment. */
export const policySize: Check = function* (assembly) {
  const sizes = new Map<
    string,
    { stack: string; logicalId: string; limit: number; size: number; what: string }
  >();
  const add = (at: Omit<PlacedStatement, 'actions'>, owner: string, limit: number, what: string) => {
    const key = `${at.stack}.${owner} ${what}`;
    const before = sizes.get(key)?.size ?? lengthOf({ Version: '2012-10-17', Statement: [] }, at.write);
    const size = before + lengthOf(at.statement, at.write) + 1;
    sizes.set(key, { stack: at.stack, logicalId: owner, limit, size, what });
  };
  for (const at of assembly.statements) {
    const resource = assembly.templates[at.stack]?.Resources?.[at.logicalId] as Resource;
    if (at.kind === 'trust') add(at, at.logicalId, trustLimit, 'trust policy');
    else if (at.kind === 'resource' || resource.Type === 'AWS::IAM::ManagedPolicy')
      add(at, at.logicalId, limits[resource.Type] ?? Number.POSITIVE_INFINITY, 'policy');
    else for (const role of rolesOf(at.logicalId, resource)) add(at, role, inlineLimit, 'inline policies');
  }
  for (const { stack, logicalId, limit, size, what } of sizes.values()) {
    if (size <= limit) continue;
    yield {
      stack,
      logicalId,
      description: `The ${what} of this resource ${what === 'inline policies' ? 'have' : 'has'} about ${size} characters, and AWS takes ${limit}`,
      fix: 'Join statements, name patterns instead of single resources, or divide the principal.',
    };
  }
};

/** A reviewer would look for the difference. */
export const duplicateStatements: Check = function* (assembly) {
  const groups = [
    ...assembly.principals.map(({ stack, logicalId, statements }) => ({ stack, logicalId, statements })),
    ...[...resourcesOf(assembly)].map(([stack, logicalId]) => ({
      stack,
      logicalId,
      statements: assembly.statements.filter(
        (at) => at.stack === stack && at.logicalId === logicalId && at.kind !== 'identity',
      ),
    })),
  ];
  for (const { stack, logicalId, statements } of groups) {
    const seen = new Set<string>();
    for (const { statement } of statements) {
      const content = canonical(statement);
      if (seen.has(content)) {
        yield {
          stack,
          logicalId,
          description: `The same is said twice: ${[statement.Action ?? statement.NotAction].flat().join(', ')} on the same resources`,
          fix: 'Leave one of them out.',
        };
      }
      seen.add(content);
    }
  }
};

const rolesOf = (logicalId: string, { Type, Properties = {} }: Resource): string[] =>
  Type === 'AWS::IAM::Role'
    ? [logicalId]
    : ((Properties.Roles ?? []) as { Ref?: string }[]).map(({ Ref }) => Ref ?? logicalId);

function lengthOf(value: PolicyDocument | Statement, write: Written): number {
  const text = JSON.stringify(resolved(value, write));
  const references = text.match(/<[^>]*>/g) ?? [];
  return references.reduce(
    (sum, reference) => sum - reference.length + lengthOfReference(reference),
    text.length,
  );
}

const lengthOfReference = (reference: string): number => (reference === unknown ? referenceLength : 12);

function resolved(value: unknown, write: Written): unknown {
  if (Array.isArray(value)) return value.map((entry) => resolved(entry, write));
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && /^(Ref|Fn::)/.test(keys[0] as string)) return write(value);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, resolved(entry, write)]));
}

/** The same text for the same statement, whatever its name and order. */
function canonical({ Sid, ...statement }: Statement): string {
  const sort = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const entries = value.map(sort);
      return entries.length === 1
        ? entries[0]
        : entries.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    }
    if (typeof value !== 'object' || value === null) return value;
    // The order of a join, as of other functions, is its meaning.
    if (Object.keys(value).some((key) => /^(Ref|Fn::)/.test(key))) return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, entry]) => [key, sort(entry)]),
    );
  };
  return JSON.stringify(sort(statement));
}
