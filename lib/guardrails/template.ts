/** The parts of a synthesized template that the guardrails look at. */
export interface Template {
  readonly Resources?: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, Output>>;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

interface Output {
  readonly Value: unknown;
  readonly Export?: { readonly Name: unknown };
}

/** Templates by the name of their stack. */
export type Templates = Readonly<Record<string, Template>>;

/** Something a guardrail objects to. */
export interface Violation {
  readonly rule: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly description: string;
  readonly fix: string;
}
