/**
 * Conditions of policies.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html (2026-11-26)
 */
import { BlockList, isIP } from 'node:net';
import type { RequestContext } from './context';
import { UnknownConditionError } from './errors';
import type { Statement } from './policy';
import { fill, isConstant, templateOf } from './variables';
import { matcherOf, type Piece, type Reach } from './wildcards';

/** Whether a value of the request is what a value of the policy asks for. */
type Compare = (actual: string, context: RequestContext) => boolean;

interface Operator {
  /** @throws Error saying what the value is not */
  readonly read: (value: string, variables: boolean) => Compare;
  /** Whether none of the values may match, and a key that is missing satisfies. */
  readonly negated: boolean;
}

export type Condition = (context: RequestContext) => boolean;

const text =
  ({ wildcards = false, ignoreCase = false, reach = 'text' as Reach }) =>
  (value: string, variables: boolean): Compare => {
    const fold = (input: string) => (ignoreCase ? input.toLowerCase() : input);
    const matcher = (pieces: readonly Piece[]) => {
      const matches = matcherOf(
        pieces.map((piece) => (typeof piece === 'object' ? { text: fold(piece.text) } : piece)),
        reach,
      );
      return (actual: string) => matches(fold(actual));
    };
    const template = templateOf(value, { wildcards, variables });
    if (isConstant(template)) {
      if (reach === 'arn') requireArn(value);
      return matcher(template);
    }
    return (actual, context) => {
      const pieces = fill(template, context);
      return pieces !== undefined && matcher(pieces)(actual);
    };
  };

function requireArn(value: string): void {
  if (value.split(':').length < 6) throw new Error('an ARN of six parts');
}

function numberOf(value: string): number {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isNaN(number)) throw new Error('a number');
  return number;
}

const isoDate = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?$/;

/** Four digits are a year; more are seconds since 1970. */
function timeOf(value: string): number {
  if (/^\d{5,}(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const time = isoDate.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw new Error('a date in ISO 8601 or in seconds since 1970');
  return time;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const ordered =
  (read: (value: string) => number, compare: (actual: number, wanted: number) => boolean) =>
  (value: string): Compare => {
    const wanted = read(value);
    return (actual) => {
      const given = attempt(() => read(actual));
      return given !== undefined && compare(given, wanted);
    };
  };

function bool(value: string, variables: boolean): Compare {
  if (!/^(true|false|\$\{.+\})$/i.test(value)) throw new Error('true or false');
  return text({ ignoreCase: true })(value, variables);
}

function binary(value: string): Compare {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0) throw new Error('base64');
  return (actual) => actual === value;
}

function address(value: string): Compare {
  const [network = '', prefix, ...rest] = value.split('/');
  const family = isIP(network);
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : /^\d+$/.test(prefix) ? Number(prefix) : -1;
  if (family === 0 || rest.length > 0 || bits < 0 || bits > (family === 4 ? 32 : 128)) {
    throw new Error('an address, or a range as 203.0.113.0/24 or 2001:db8::/32');
  }
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  const range = new BlockList();
  range.addSubnet(network, bits, kind);
  return (actual) => isIP(actual) === family && range.check(actual, kind);
}

const orders = {
  Equals: (a: number, b: number) => a === b,
  LessThan: (a: number, b: number) => a < b,
  LessThanEquals: (a: number, b: number) => a <= b,
  GreaterThan: (a: number, b: number) => a > b,
  GreaterThanEquals: (a: number, b: number) => a >= b,
};

const positive: Readonly<Record<string, Operator['read']>> = {
  StringEquals: text({}),
  StringEqualsIgnoreCase: text({ ignoreCase: true }),
  StringLike: text({ wildcards: true }),
  ArnEquals: text({ wildcards: true, reach: 'arn' }),
  ArnLike: text({ wildcards: true, reach: 'arn' }),
  ...Object.fromEntries(
    Object.entries(orders).flatMap(([name, order]) => [
      [`Numeric${name}`, ordered(numberOf, order)],
      [`Date${name}`, ordered(timeOf, order)],
    ]),
  ),
  Bool: bool,
  BinaryEquals: binary,
  IpAddress: address,
};

const negations: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
};

const operators = new Map<string, Operator>([
  ...Object.entries(positive).map(([name, read]) => [name, { read, negated: false }] as const),
  ...Object.entries(negations).map(
    ([name, of]) => [name, { read: positive[of] as Operator['read'], negated: true }] as const,
  ),
]);

/** Every operator that is known, without its modifiers. */
const knownOperators: readonly string[] = [...operators.keys(), 'Null'];

/** @param where the statement, for messages */
export function conditionsOf(
  { Condition = {} }: Statement,
  { variables, where }: { readonly variables: boolean; readonly where: string },
): Condition[] {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => {
      const texts = [values].flat().map((value) => scalar(value, `${operator} ${key} of ${where}`));
      return operator === 'Null'
        ? absence(key, texts, where)
        : conditionOf(operator, key, texts, variables, where);
    }),
  );
}

function scalar(value: unknown, what: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new UnknownConditionError(
    `${what} has the value ${JSON.stringify(value)}, where text, a number or a boolean was expected: resolve intrinsic functions first.`,
  );
}

function absence(key: string, values: readonly string[], where: string): Condition {
  const wanted = values.map((value) => {
    if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
    throw new UnknownConditionError(`Null ${key} of ${where} is "${value}"; expected true or false.`);
  });
  return (context) => wanted.includes(context.get(key) === undefined);
}

function conditionOf(
  name: string,
  key: string,
  values: readonly string[],
  variables: boolean,
  where: string,
): Condition {
  const [, set, base = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(name) ?? [];
  const operator = operators.get(base);
  if (!operator) {
    throw new UnknownConditionError(
      `${where} has the condition operator ${name}, which is not known. Known are ${knownOperators.join(', ')}, all but Null with IfExists, and with ForAllValues: or ForAnyValue: before them.`,
    );
  }
  const compares = values.map((value) => {
    try {
      return operator.read(value, variables);
    } catch (error) {
      throw new UnknownConditionError(
        `${name} ${key} of ${where} is "${value}"; expected ${(error as Error).message}.`,
      );
    }
  });
  const { negated } = operator;
  return (context) => {
    const given = context.get(key);
    // To a set, empty text is no value.
    const actual = set && given?.every((value) => value === '') ? undefined : given;
    if (actual === undefined) return Boolean(ifExists) || set === 'ForAllValues' || (negated && !set);
    const satisfied = (value: string) => compares.some((compare) => compare(value, context)) !== negated;
    if (set === 'ForAllValues') return actual.every(satisfied);
    if (set === 'ForAnyValue' || actual.length === 1) return actual.some(satisfied);
    throw new UnknownConditionError(
      `${name} ${key} of ${where} compares one value, but the request has ${actual.length}. Write ForAnyValue:${name} or ForAllValues:${name}.`,
    );
  };
}
