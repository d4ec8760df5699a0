/** One thing that is wrong with a configuration, complete enough to be corrected without a second look. */
export interface Fault {
  /** Where, from the input on: `environment.network.privateSubnets[1]`. */
  readonly path: string;
  /** The value there, or `nothing`. */
  readonly found: string;
  readonly expected: string;
  /** What to change, as an imperative sentence. */
  readonly fix: string;
}

/** A configuration that must not be built. The message lists every fault, so that one look is enough. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(
    readonly faults: readonly Fault[],
    subject: string,
  ) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
    super([`${count} in ${subject}:`, ...faults.map(paragraph)].join('\n\n'));
  }
}

function paragraph(fault: Fault, index: number): string {
  const lines = [`found:    ${fault.found}`, `expected: ${fault.expected}`, `fix:      ${fault.fix}`];
  return [`${index + 1}. ${fault.path}`, ...lines.map((line) => `   ${line}`)].join('\n');
}

/** A value as a person would write it in the configuration file; long ones are cut. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** `['a', 'b', 'c']` as `a, b or c`. */
export function either(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
