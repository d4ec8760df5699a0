/** Conditions of statements, in words. */
import type { Statement } from '../../../lib/iam/policy';
import { listed } from '../assembly/names';
import { account, type Values } from '../assembly/values';
import { serviceName } from './services';
import { plainText, type Targets } from './targets';

/** What a condition says: `only over TLS` where something is allowed, `the request is not over TLS` where it is denied. */
interface Clause {
  readonly only: string;
  readonly when: string;
}

interface Test {
  /** Without `ForAllValues:` and `IfExists`. */
  readonly operator: string;
  readonly key: string;
  /** As written. */
  readonly values: readonly string[];
  /** As described: resources by their names. */
  readonly things: readonly string[];
}

const or = (items: readonly string[]) => listed(items, 'or');
const services = ({ values }: Test) => or(values.map((value) => serviceName(value)));
const things = ({ things }: Test) => or(things);
const negation = ({ operator }: Test) => (/Not/.test(operator) ? 'not ' : '');
const accounts = ({ values }: Test) =>
  or(values.map((value) => (value === account ? 'this account' : `the account ${value}`)));

/** Keys whose meaning has a short name. In lower case, as IAM compares them. */
const known: readonly (readonly [RegExp, (test: Test) => Clause | undefined])[] = [
  [
    /^aws:securetransport$/,
    ({ values }) =>
      values[0] === 'true'
        ? { only: 'only over TLS', when: 'the request is over TLS' }
        : { only: 'only without TLS', when: 'the request is not over TLS' },
  ],
  [
    /^s3:tlsversion$/,
    ({ operator, values }) =>
      operator === 'NumericLessThan'
        ? { only: `only over TLS older than ${values[0]}`, when: `TLS is older than ${values[0]}` }
        : undefined,
  ],
  [
    /^aws:sourceaccount$/,
    (test) => ({
      only: `only on behalf of ${accounts(test)}`,
      when: `it is ${negation(test)}on behalf of ${accounts(test)}`,
    }),
  ],
  [
    /^aws:sourcearn$/,
    (test) => ({
      only: `only on behalf of ${things(test)}`,
      when: `it is ${negation(test)}on behalf of ${things(test)}`,
    }),
  ],
  [
    /^(aws:principalaccount|kms:calleraccount)$/,
    (test) => ({
      only: `only for callers of ${accounts(test)}`,
      when: `the caller is ${negation(test)}of ${accounts(test)}`,
    }),
  ],
  [
    /^aws:resourceaccount$/,
    (test) => ({
      only: `only on resources of ${accounts(test)}`,
      when: `the resource is ${negation(test)}of ${accounts(test)}`,
    }),
  ],
  [
    /^aws:principalarn$/,
    (test) => ({ only: `only as ${things(test)}`, when: `the caller is ${negation(test)}${things(test)}` }),
  ],
  [
    /^kms:viaservice$/,
    (test) => ({
      only: `only through ${services(test)}`,
      when: `it is ${negation(test)}through ${services(test)}`,
    }),
  ],
  [
    /^kms:encryptioncontext:/,
    (test) => ({ only: `only for ${things(test)}`, when: `it is ${negation(test)}for ${things(test)}` }),
  ],
  [
    /^ses:fromaddress$/,
    ({ values }) => ({ only: `only from the address ${or(values)}`, when: `the address is ${or(values)}` }),
  ],
  [
    /^iam:passedtoservice$/,
    (test) => ({ only: `only to ${services(test)}`, when: `it is ${negation(test)}to ${services(test)}` }),
  ],
  [
    /^iam:permissionsboundary$/,
    (test) => ({
      only: `only with the boundary ${things(test)}`,
      when: `the boundary is ${negation(test)}${things(test)}`,
    }),
  ],
  [
    /^events:managedby$/,
    (test) => ({
      only: `only rules that ${services(test)} manages`,
      when: `the rule is managed by ${services(test)}`,
    }),
  ],
  [
    /^s3:existingobjecttag\//,
    (test) => {
      const tag = `${test.key.slice(test.key.indexOf('/') + 1)} = ${or(test.values)}`;
      return { only: `only objects tagged ${tag}`, when: `the object is ${negation(test)}tagged ${tag}` };
    },
  ],
  [
    /^lambda:sourcefunctionarn$/,
    ({ operator, values }) =>
      operator === 'Null' && values[0] === 'false'
        ? { only: 'only for the code of functions', when: 'the code of a function asks' }
        : undefined,
  ],
  [
    /:sub$/,
    ({ values }) => ({
      only: `only for tokens about ${or(values)}`,
      when: `the token is about ${or(values)}`,
    }),
  ],
  [
    /:aud$/,
    ({ values }) => ({
      only: `only for tokens made for ${or(values)}`,
      when: `the token is made for ${or(values)}`,
    }),
  ],
];

/** Conditions that mean the opposite of what their operator says where something is allowed. */
const saysItself = /^(Bool|Null|Numeric)/;

const operators: Readonly<Record<string, string>> = {
  StringEquals: 'is',
  StringNotEquals: 'is not',
  StringEqualsIgnoreCase: 'is',
  StringNotEqualsIgnoreCase: 'is not',
  StringLike: 'is like',
  StringNotLike: 'is not like',
  ArnEquals: 'is',
  ArnNotEquals: 'is not',
  ArnLike: 'is like',
  ArnNotLike: 'is not like',
  NumericEquals: 'is',
  NumericNotEquals: 'is not',
  NumericLessThan: 'is less than',
  NumericLessThanEquals: 'is at most',
  NumericGreaterThan: 'is more than',
  NumericGreaterThanEquals: 'is at least',
  DateEquals: 'is',
  DateNotEquals: 'is not',
  DateLessThan: 'is before',
  DateLessThanEquals: 'is not after',
  DateGreaterThan: 'is after',
  DateGreaterThanEquals: 'is not before',
  IpAddress: 'is in',
  NotIpAddress: 'is not in',
  Bool: 'is',
  BinaryEquals: 'is',
};

export class Conditions {
  constructor(
    private readonly values: Values,
    private readonly targets: Targets,
  ) {}

  /** Each condition: `only over TLS` of an Allow, `when the request is not over TLS` of a Deny. */
  describe({ Condition = {}, Effect }: Statement, stackName: string): string[] {
    return Object.entries(Condition).flatMap(([operator, tests]) =>
      Object.entries(tests).map(([key, value]) => {
        const clause = this.clause(operator, key, [value].flat(), stackName);
        return Effect === 'Deny' ? `when ${clause.when}` : clause.only;
      }),
    );
  }

  private clause(written: string, key: string, values: readonly unknown[], stackName: string): Clause {
    const operator = written.replace(/^ForA(ll|ny)Values?:/, '').replace(/IfExists$/, '');
    const plain = values.map((value) => this.values.written(value, stackName));
    const described = values.map((value) => this.targets.describe(value, stackName).words);
    const test: Test = { operator, key, values: plain, things: described };
    const told = this.short(test) ?? this.long(test);
    const optional = written.endsWith('IfExists') ? ', if the request says' : '';
    const each = /^ForAll/.test(written) ? ' (every value)' : /^ForAny/.test(written) ? ' (any value)' : '';
    return { only: `${told.only}${each}${optional}`, when: `${told.when}${each}${optional}` };
  }

  private short(test: Test): Clause | undefined {
    const clause = known.find(([key]) => key.test(test.key.toLowerCase()))?.[1](test);
    if (!clause) return undefined;
    // `only on behalf of ...` would be the opposite of what a negated operator says.
    return /Not/.test(test.operator) && !saysItself.test(test.operator)
      ? { only: clause.only.replace(/^only/, 'not'), when: clause.when }
      : clause;
  }

  private long({ operator, key, values, things: described }: Test): Clause {
    const words = /^Arn/.test(operator) ? described : values.map(plainText);
    const says =
      operator === 'Null'
        ? `${key} is ${values[0] === 'true' ? 'absent' : 'given'}`
        : `${key} ${operators[operator] ?? operator} ${or(words)}`;
    const clean = says.replaceAll('${', '{');
    return { only: `only if ${clean}`, when: clean };
  }
}
