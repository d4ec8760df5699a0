/**
 * The part of the Velocity template language that mock integrations use: text, #set, #if/#elseif/#else/#end,
 * references, comparisons. Anything else is an error when the template is parsed, not silently ignored.
 */

type Expression = (scope: Variables) => unknown;
type Statement = (scope: Variables) => string;

/** Variables of a template by their name without `$`. */
export type Variables = Record<string, unknown>;

/** @throws on a directive or expression this interpreter does not know. */
export function parseVelocity(template: string): (variables: Variables) => string {
  const parser = new Parser(template);
  const body = parser.block();
  if (!parser.atEnd) parser.fail('an #end, #else or #elseif without #if');
  return body;
}

class Parser {
  #at = 0;
  constructor(readonly source: string) {}

  get atEnd(): boolean {
    return this.#at >= this.source.length;
  }

  fail(what: string): never {
    const line = this.source.slice(0, this.#at).split('\n').length;
    throw new Error(
      `The mapping template has ${what} on line ${line}, which the local runtime does not support.`,
    );
  }

  /** Statements up to the end of the text or of the enclosing #if. */
  block(): Statement {
    const statements: Statement[] = [];
    while (!this.atEnd && !this.#looking(/#(?:end|else|elseif)\b|#\{(?:end|else)\}/y)) {
      const text = this.#take(/[^#$]+/y);
      if (text !== undefined) statements.push(() => text);
      else if (this.#take(/#set\s*\(/y)) statements.push(this.#assignment());
      else if (this.#take(/#if\s*\(/y)) statements.push(this.#conditional());
      else if (this.#take(/##[^\n]*\n?/y)) continue;
      else if (this.#looking(/#\{?[a-z]/y))
        this.fail(`the directive ${/#\w+/.exec(this.source.slice(this.#at))?.[0]}`);
      else if (this.#looking(/\$!?\{?[A-Za-z]/y)) statements.push(this.#output());
      else {
        const character = this.#take(/[#$]/y) as string;
        statements.push(() => character);
      }
    }
    return (scope) => statements.map((statement) => statement(scope)).join('');
  }

  #output(): Statement {
    const from = this.#at;
    const reference = this.#reference();
    const written = this.source.slice(from, this.#at);
    const quiet = written.startsWith('$!');
    return (scope) => {
      const value = reference(scope);
      return value === undefined || value === null ? (quiet ? '' : written) : String(value);
    };
  }

  #assignment(): Statement {
    const target = this.#take(/\s*\$([A-Za-z][\w.-]*)\s*=/y);
    if (!target) this.fail('a #set whose target is not a variable');
    const path = target.trim().slice(1, -1).trim().split('.');
    const value = this.#expression();
    this.#expect(/\s*\)/y, 'a #set without closing parenthesis');
    return (scope) => {
      let holder = scope;
      for (const key of path.slice(0, -1)) {
        holder[key] ??= {};
        holder = holder[key] as Variables;
      }
      holder[path.at(-1) as string] = value(scope);
      return '';
    };
  }

  #conditional(): Statement {
    const branches: { condition: Expression; body: Statement }[] = [];
    let otherwise: Statement = () => '';
    do {
      const condition = this.#expression();
      this.#expect(/\s*\)/y, 'an #if without closing parenthesis');
      branches.push({ condition, body: this.block() });
    } while (this.#take(/#elseif\s*\(/y));
    if (this.#take(/#else\b|#\{else\}/y)) otherwise = this.block();
    this.#expect(/#end\b|#\{end\}/y, 'an #if without #end');
    return (scope) => (branches.find(({ condition }) => truthy(condition(scope)))?.body ?? otherwise)(scope);
  }

  #expression(): Expression {
    let left = this.#conjunction();
    while (this.#take(/\s*\|\|/y)) {
      const [first, second] = [left, this.#conjunction()];
      left = (scope) => truthy(first(scope)) || truthy(second(scope));
    }
    return left;
  }

  #conjunction(): Expression {
    let left = this.#comparison();
    while (this.#take(/\s*&&/y)) {
      const [first, second] = [left, this.#comparison()];
      left = (scope) => truthy(first(scope)) && truthy(second(scope));
    }
    return left;
  }

  #comparison(): Expression {
    const left = this.#operand();
    const operator = this.#take(/\s*(?:==|!=)/y)?.trim();
    if (!operator) return left;
    const right = this.#operand();
    return (scope) => (String(left(scope) ?? '') === String(right(scope) ?? '')) === (operator === '==');
  }

  #operand(): Expression {
    if (this.#take(/\s*!/y)) {
      const negated = this.#operand();
      return (scope) => !truthy(negated(scope));
    }
    if (this.#take(/\s*\(/y)) {
      const inner = this.#expression();
      this.#expect(/\s*\)/y, 'a parenthesis that is not closed');
      return inner;
    }
    this.#take(/\s+/y);
    const text = this.#take(/"[^"$]*"|'[^']*'/y);
    if (text !== undefined) return () => text.slice(1, -1);
    const literal = this.#take(/\d+|true\b|false\b/y);
    if (literal !== undefined) return () => JSON.parse(literal);
    if (this.#looking(/\$/y)) return this.#reference();
    return this.fail('an expression');
  }

  /** `$input.params().header.get("Origin")` */
  #reference(): Expression {
    const braced = this.#take(/\$!?\{/y) !== undefined;
    if (!braced) this.#take(/\$!?/y);
    const name = this.#take(/[A-Za-z]\w*/y);
    if (!name) this.fail('a $ without a name');
    let value: Expression = (scope) => scope[name];
    for (;;) {
      const member = this.#take(/\.[A-Za-z][\w-]*/y)?.slice(1);
      if (!member) break;
      value = this.#take(/\(/y) ? this.#call(value, member) : property(value, member);
    }
    if (braced) this.#expect(/\}/y, 'a ${ that is not closed');
    return value;
  }

  #call(target: Expression, name: string): Expression {
    const args: Expression[] = [];
    while (!this.#take(/\s*\)/y)) {
      args.push(this.#expression());
      this.#take(/\s*,/y);
    }
    const method = methods[name];
    return (scope) => {
      const self = target(scope);
      const own = (self as Record<string, unknown> | undefined)?.[name];
      const values = args.map((argument) => argument(scope));
      if (typeof own === 'function' && !(typeof self === 'string')) return own(...values);
      if (!method)
        throw new Error(`The mapping template calls .${name}(), which the local runtime does not support.`);
      return method(self, ...values);
    };
  }

  #looking(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.source);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #expect(pattern: RegExp, what: string): void {
    if (this.#take(pattern) === undefined) this.fail(what);
  }
}

const property =
  (target: Expression, name: string): Expression =>
  (scope) =>
    (target(scope) as Record<string, unknown> | undefined)?.[name];

/** Java methods templates call on texts and maps. */
const methods: Record<string, (self: unknown, ...args: unknown[]) => unknown> = {
  get: (self, key) => (self as Record<string, unknown> | undefined)?.[String(key)],
  matches: (self, pattern) => new RegExp(`^(?:${String(pattern)})$`).test(String(self ?? '')),
  equals: (self, other) => self === other,
  toLowerCase: (self) => String(self ?? '').toLowerCase(),
  contains: (self, part) => String(self ?? '').includes(String(part)),
};

/** Velocity 1: only null and false are false; API Gateway gives an empty text for a header that is absent. */
function truthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== '';
}
