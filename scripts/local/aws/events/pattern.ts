/**
 * Event patterns of EventBridge. A pattern is read once, when its rule is created: an operator that is not known here
 * is an error then, since a rule that ignored it would match other events than on AWS.
 */

export type Matcher = (event: unknown) => boolean;

type Test = (value: unknown) => boolean;

/** A filter of one field, in one of the pattern's lists. */
interface Filter {
  /** Of a field that is there: its value, or any element of it when it is a list. */
  readonly test: Test;
  /** Whether a missing field matches. */
  readonly absent: boolean;
}

const present = (test: Test): Filter => ({ test, absent: false });

const isText = (value: unknown): value is string => typeof value === 'string';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isScalar = (value: unknown): boolean =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

const same = (wanted: string) => {
  const lower = wanted.toLowerCase();
  return (value: unknown) => isText(value) && value.toLowerCase() === lower;
};

/** @throws Error naming the field and what is not supported about it */
export function compilePattern(pattern: unknown): Matcher {
  if (!isRecord(pattern) || Object.keys(pattern).length === 0)
    throw new Error(`the event pattern must be an object with at least one field, found ${show(pattern)}`);
  return compileFields(pattern, '');
}

/** Every fault of {@link compilePattern}, before references are resolved: those count as values of any kind. */
export function patternFaults(pattern: unknown): string[] {
  try {
    compilePattern(withoutReferences(pattern));
    return [];
  } catch (error) {
    return [`EventPattern cannot run: ${(error as Error).message}.`];
  }
}

function withoutReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutReferences);
  if (!isRecord(value)) return value;
  const [name = '', ...more] = Object.keys(value);
  if (more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return 'resolved later';
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, withoutReferences(inner)]));
}

function compileFields(pattern: Readonly<Record<string, unknown>>, path: string): Matcher {
  const fields = Object.entries(pattern).map(([name, wanted]): [string, Matcher] => {
    const where = path === '' ? name : `${path}.${name}`;
    if (name.startsWith('$')) throw new Error(`${where} is not supported`);
    if (Array.isArray(wanted)) return [name, compileList(wanted, where)];
    if (isRecord(wanted) && Object.keys(wanted).length > 0) return [name, compileObject(wanted, where)];
    throw new Error(`${where} must be a list of values or an object of fields, found ${show(wanted)}`);
  });
  return (event) => isRecord(event) && fields.every(([name, matches]) => matches(event[name]));
}

/** A list of objects matches when one of them does. */
function compileObject(pattern: Readonly<Record<string, unknown>>, path: string): Matcher {
  const matches = compileFields(pattern, path);
  return (value) => {
    if (Array.isArray(value)) return value.some(matches);
    // A field that must not exist does not exist in an object that is not there either.
    return matches(value ?? {});
  };
}

function compileList(wanted: readonly unknown[], path: string): Matcher {
  if (wanted.length === 0) throw new Error(`${path} is an empty list, which no event matches`);
  const filters = wanted.map((one) => compileFilter(one, path));
  return (value) =>
    filters.some(({ test, absent }) => {
      if (value === undefined) return absent;
      return Array.isArray(value) ? value.some(test) : test(value);
    });
}

function compileFilter(wanted: unknown, path: string): Filter {
  if (isScalar(wanted)) return present((value) => value === wanted);
  const [[operator, operand] = [], ...more] = isRecord(wanted) ? Object.entries(wanted) : [];
  const compile = more.length === 0 && operator !== undefined ? OPERATORS[operator] : undefined;
  if (!compile)
    throw new Error(
      `${path}: the operator ${show(wanted)} is not supported, only values and ${Object.keys(OPERATORS).join(', ')}`,
    );
  const filter = compile(operand);
  if (!filter) throw new Error(`${path}: ${operator} does not take ${show(operand)}`);
  return filter;
}

/** Undefined: the operator does not take this. */
const OPERATORS: Readonly<Record<string, (operand: unknown) => Filter | undefined>> = {
  'anything-but': anythingBut,
  'equals-ignore-case': (operand) => (isText(operand) ? present(same(operand)) : undefined),
  exists: (operand) => {
    if (typeof operand !== 'boolean') return undefined;
    // Only fields with a value count: an object has fields of its own.
    return { test: (value) => operand && !isRecord(value), absent: !operand };
  },
  numeric: (operand) => {
    const test = Array.isArray(operand) ? compileNumeric(operand) : undefined;
    return test && present(test);
  },
  prefix: (operand) => {
    const test = compileEdge(operand, (value, text) => value.startsWith(text));
    return test && present(test);
  },
  suffix: (operand) => {
    const test = compileEdge(operand, (value, text) => value.endsWith(text));
    return test && present(test);
  },
  wildcard: (operand) => {
    const test = compileWildcard(operand);
    return test && present(test);
  },
};

/** A text, or one whose case does not matter. */
function compileEdge(operand: unknown, at: (value: string, text: string) => boolean): Test | undefined {
  if (isText(operand)) return (value) => isText(value) && at(value, operand);
  if (!isRecord(operand) || Object.keys(operand).join() !== 'equals-ignore-case') return undefined;
  const text = operand['equals-ignore-case'];
  if (!isText(text)) return undefined;
  return (value) => isText(value) && at(value.toLowerCase(), text.toLowerCase());
}

/** `*` stands for any text. Backslashes, which AWS takes before a literal one, are not supported. */
function compileWildcard(operand: unknown): Test | undefined {
  if (!isText(operand) || operand.includes('\\') || operand.includes('**')) return undefined;
  const [start = '', ...rest] = operand.split('*');
  if (rest.length === 0) return (value) => value === operand;
  const end = rest.pop() as string;
  return (value) => {
    if (!isText(value) || !value.startsWith(start)) return false;
    let at = start.length;
    for (const part of rest) {
      const found = value.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return value.length - at >= end.length && value.endsWith(end);
  };
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '=': (value, bound) => value === bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** One comparison, or two that both hold. */
function compileNumeric(operand: readonly unknown[]): Test | undefined {
  if (operand.length !== 2 && operand.length !== 4) return undefined;
  const tests: ((value: number) => boolean)[] = [];
  for (let at = 0; at < operand.length; at += 2) {
    const [sign, bound] = [operand[at], operand[at + 1]];
    const compare = isText(sign) ? COMPARISONS[sign] : undefined;
    if (!compare || typeof bound !== 'number') return undefined;
    tests.push((value) => compare(value, bound));
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

/** Values, or one operator over texts. */
function anythingBut(operand: unknown): Filter | undefined {
  if (!isRecord(operand)) {
    const refused = new Set<unknown>(Array.isArray(operand) ? operand : [operand]);
    const valid = refused.size > 0 && [...refused].every((one) => isText(one) || typeof one === 'number');
    return valid ? present((value) => !refused.has(value)) : undefined;
  }
  const [[operator = '', given] = [], ...more] = Object.entries(operand);
  const compile = ANYTHING_BUT[operator];
  const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
  const tests = texts.map((one) => compile?.(one));
  if (more.length > 0 || tests.length === 0) return undefined;
  const complete = tests.filter((test) => test !== undefined);
  if (complete.length < tests.length) return undefined;
  return present((value) => !complete.some((test) => test(value)));
}

const ANYTHING_BUT: Readonly<Record<string, (operand: unknown) => Test | undefined>> = {
  'equals-ignore-case': (operand) => (isText(operand) ? same(operand) : undefined),
  prefix: (operand) => compileEdge(operand, (value, text) => value.startsWith(text)),
  suffix: (operand) => compileEdge(operand, (value, text) => value.endsWith(text)),
  wildcard: compileWildcard,
};

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
