import type { Template } from '../template';
import type { Check, Finding } from './finding';

/** Forms of keys that are secret wherever they are, as their issuers document them. */
const forms: readonly (readonly [name: string, form: RegExp])[] = [
  ['an access key of AWS', /\b(AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a private key', /-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/],
  ['a token of GitHub', /\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})/],
  ['a token of Slack', /\bxox[abprs]-[A-Za-z0-9-]{10,}/],
  ['a key of Stripe', /\b[rs]k_(live|test)_[A-Za-z0-9]{16,}/],
  ['a key of Google', /\bAIza[0-9A-Za-z_-]{35}/],
  ['a key of SendGrid', /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/],
  ['a token of npm', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a signed token', /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}/],
  ['an address with a password', /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@$]+:[^\s:/@$]+@/i],
];

/** Values that anybody reads who may look at the resource, where CloudFormation resolves a reference to plain text. */
const plainValues: Readonly<Record<string, (properties: Properties) => Record<string, unknown>>> = {
  'AWS::Lambda::Function': (p) => ({
    ...(p.Environment as { Variables?: Record<string, unknown> })?.Variables,
  }),
  'AWS::SSM::Parameter': (p) => ({ [String(p.Name ?? 'Value')]: p.Value }),
  'AWS::EC2::Instance': (p) => ({ UserData: p.UserData }),
  'AWS::EC2::LaunchTemplate': (p) => ({
    UserData: (p.LaunchTemplateData as { UserData?: unknown } | undefined)?.UserData,
  }),
  'AWS::ApiGateway::Stage': (p) => ({ ...(p.Variables as Record<string, unknown>) }),
};

type Properties = Readonly<Record<string, unknown>>;

/** Secrets belong into Secrets Manager: here are their values, where everybody reads them. */
export const plainSecrets: Check = function* ({ templates }) {
  for (const [stack, template] of Object.entries(templates)) {
    for (const [logicalId, resource] of Object.entries(template.Resources ?? {})) {
      const found = [
        ...anywhere(resource),
        ...inPlainSight(plainValues[resource.Type]?.(resource.Properties ?? {}) ?? {}),
        ...inPlainSight({ ...(resource as { Metadata?: Record<string, unknown> }).Metadata }),
      ];
      yield* [...new Set(found)].map((description) => finding(stack, logicalId, description));
    }
    for (const [name, output] of Object.entries(template.Outputs ?? {})) {
      const found = new Set([...anywhere(output), ...inPlainSight({ [name]: output.Value })]);
      yield* [...found].map((description) =>
        finding(stack, ownerOf(template), `Output ${name}: ${description}`),
      );
    }
    const { Metadata } = template as { Metadata?: Record<string, unknown> };
    const found = new Set([...anywhere(Metadata), ...inPlainSight({ ...Metadata })]);
    yield* [...found].map((description) => finding(stack, ownerOf(template), `Metadata: ${description}`));
  }
};

const finding = (stack: string, logicalId: string, description: string): Finding => ({
  stack,
  logicalId,
  description,
  fix: 'Keep it in Secrets Manager, hand over its ARN, and rotate what has been in a template.',
});

/** A finding needs a resource; outputs and metadata have none of their own. */
const ownerOf = ({ Resources = {} }: Template): string => Object.keys(Resources)[0] ?? '';

function* anywhere(value: unknown): Generator<string> {
  for (const [, text] of texts('', value)) {
    for (const [name, form] of forms) if (form.test(text)) yield `It looks like ${name}`;
  }
}

function* inPlainSight(values: Readonly<Record<string, unknown>>): Generator<string> {
  for (const [key, value] of Object.entries(values)) {
    for (const [name, text] of texts(key, value)) {
      if (/\{\{resolve:(secretsmanager|ssm-secure):/.test(text)) {
        yield `${name} is the value of a secret once it is deployed`;
      } else if (isSecretsName(name) && isLiteral(text)) {
        yield `${name} has a value that everybody can read`;
      } else if (looksRandom(text)) {
        yield `${name} looks like a secret: it is a long text without pattern`;
      }
    }
  }
}

/** Every text of a value, with the name that it goes by. */
function* texts(name: string, value: unknown): Generator<[name: string, text: string]> {
  if (typeof value === 'string') yield [name, value];
  else if (Array.isArray(value)) for (const entry of value) yield* texts(name, entry);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      // What refers to something has no text of its own.
      if (/^(Ref|Fn::(GetAtt|ImportValue|GetStackOutput|GetAZs|FindInMap|If))$/.test(key)) continue;
      yield* texts(/^Fn::/.test(key) ? name : key, entry);
    }
  }
}

/** `DATABASE_PASSWORD`, `apiKey`; not `DATABASE_SECRET_ARN` or `CACHE_KEY_PREFIX`. */
const isSecretsName = (name: string): boolean =>
  /(^|[_.-])(secret|password|passwd|pwd|token|(api|access|private|signing|encryption)?[_-]?key|credentials?)$/i.test(
    name.replace(/([a-z0-9])([A-Z])/g, '$1_$2'),
  );

const isLiteral = (text: string): boolean =>
  text.trim() !== '' && !/^(arn:|https?:\/\/[^:@]*$|true$|false$)/.test(text);

/** Base64 or hexadecimal of at least 128 bits: neither words, nor addresses, nor ids that CDK makes. */
function looksRandom(text: string): boolean {
  return text
    .split(/[\s"'=,;:]+/)
    .some(
      (word) =>
        /^[A-Za-z0-9+/_-]{24,}$/.test(word) &&
        /\d/.test(word) &&
        /[a-z]/i.test(word) &&
        !/^[\w-]+\/[\w/-]+$/.test(word.replaceAll(/[A-Z0-9+]{2,}/g, '')) &&
        entropy(word) >= (/^[0-9a-f]+$/i.test(word) ? 3.3 : 4.2),
    );
}

/** Bits for a character, by how often each occurs. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  return [...counts.values()].reduce(
    (sum, count) => sum - (count / text.length) * Math.log2(count / text.length),
    0,
  );
}
