/** Secrets Manager: secrets of the templates and of callers, with versions and stages, in one file of mode 0600. */
import { createHash, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { StateFile } from './atomic-file';
import { AwsError } from './errors';
import { passwordRules, randomPassword } from './random-password';

export interface SecretVersion {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly text?: string | undefined;
  /** Base64. */
  readonly binary?: string | undefined;
  stages: string[];
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  description?: string | undefined;
  readonly created: number;
  changed: number;
  /** The key of our own that it is encrypted with. @default one that AWS manages */
  keyArn?: string | undefined;
  /** Digest of the declared SecretString, to tell a changed template from a changed secret. */
  declared?: string | undefined;
  versions: SecretVersion[];
}

type Value = { readonly text?: string | undefined; readonly binary?: string | undefined };

const properties = z.strictObject({
  Name: z.string().optional(),
  Description: z.string().optional(),
  SecretString: z.string().optional(),
  GenerateSecretString: z
    .strictObject({
      SecretStringTemplate: z.string().optional(),
      GenerateStringKey: z.string().optional(),
      ...passwordRules,
    })
    .optional(),
  KmsKeyId: z.string().optional(),
  /** Labels. */
  Tags: z.unknown().optional(),
});

const missing = (message = "Secrets Manager can't find the specified secret.") =>
  new AwsError('ResourceNotFoundException', message);

export interface SecretDeclaration {
  readonly name: string;
  /** Resolved properties of the AWS::SecretsManager::Secret. @default none: an empty secret */
  readonly properties?: unknown;
}

export class SecretsEngine {
  private readonly state: StateFile<Secret[]>;

  private constructor(
    file: string,
    readonly place: { readonly region: string; readonly accountId: string },
    private readonly secrets: Secret[],
    private readonly keyArnOf: (keyId: string | undefined) => string | undefined,
  ) {
    this.state = new StateFile(file, () => this.secrets);
  }

  /** @param keyArnOf finds keys that secrets are declared to be encrypted with; undefined for one that AWS manages */
  static async open(
    file: string,
    place: { region: string; accountId: string },
    keyArnOf: (keyId: string | undefined) => string | undefined = () => undefined,
  ): Promise<SecretsEngine> {
    return new SecretsEngine(file, place, (await StateFile.read<Secret[]>(file)) ?? [], keyArnOf);
  }

  /** Real ARNs end in six random characters; here they follow from the name, so that they survive `--fresh`. */
  arnOf(name: string): string {
    const suffix = createHash('sha256').update(name).digest('base64').replace(/[+/=]/g, '').slice(0, 6);
    return `arn:aws:secretsmanager:${this.place.region}:${this.place.accountId}:secret:${name}-${suffix}`;
  }

  /**
   * Creates a declared secret. One that exists keeps its value, unless its declared SecretString changed.
   * @throws Error naming properties that cannot be honoured locally
   */
  async createSecret({ name, properties: given = {} }: SecretDeclaration): Promise<{ arn: string }> {
    const parsed = properties.safeParse(given);
    if (!parsed.success)
      throw new Error(
        `AWS::SecretsManager::Secret ${name} cannot run locally:\n${z.prettifyError(parsed.error)}`,
      );
    const { SecretString, GenerateSecretString: generate, Description, KmsKeyId } = parsed.data;
    const declared =
      SecretString === undefined ? undefined : createHash('sha256').update(SecretString).digest('hex');
    const secret = this.lookup(name) ?? this.add(name);
    secret.description = Description;
    secret.keyArn = this.keyArnOf(KmsKeyId);
    const current = secret.versions.some(({ stages }) => stages.includes('AWSCURRENT'));
    if (SecretString !== undefined && (!current || secret.declared !== declared))
      this.addVersion(secret, { text: SecretString });
    else if (!current && generate) this.addVersion(secret, { text: generated(name, generate) });
    secret.declared = declared;
    await this.state.save();
    return { arn: secret.arn };
  }

  /** Adds members to a JSON secret, as an AWS::SecretsManager::SecretTargetAttachment does. */
  async merge(secretId: string, members: Readonly<Record<string, unknown>>): Promise<void> {
    const secret = this.require(secretId);
    const before = JSON.parse(this.value(secretId).text ?? '{}') as Record<string, unknown>;
    const text = JSON.stringify({ ...before, ...members });
    if (text !== JSON.stringify(before)) await this.put(secret.arn, { text });
  }

  /** The current value as text; what a template's dynamic reference resolves to. */
  read(secretId: string): string {
    const { text } = this.value(secretId);
    if (text === undefined) throw missing('The secret holds no text.');
    return text;
  }

  list(): readonly Secret[] {
    return this.secrets;
  }

  /** By name, ARN, or ARN without its random suffix. */
  private lookup(id: string): Secret | undefined {
    return this.secrets.find(
      ({ name, arn }) => id === name || id === arn || (id.startsWith('arn:') && id === arn.slice(0, -7)),
    );
  }

  /** Of a secret that may not be there: whoever may not ask for it does not learn so. */
  resourceOf(id: string): string {
    return this.lookup(id)?.arn ?? (id.startsWith('arn:') ? id : this.arnOf(id));
  }

  /** The version that is asked for, if there is one. */
  find(id: string, versionId: string | undefined, stage: string | undefined): SecretVersion | undefined {
    return this.lookup(id)?.versions.find(
      (version) =>
        (versionId === undefined || version.id === versionId) &&
        (stage === undefined || version.stages.includes(stage)),
    );
  }

  /** @throws AwsError ResourceNotFoundException */
  require(id: string): Secret {
    const secret = this.lookup(id);
    if (!secret) throw missing();
    return secret;
  }

  add(name: string): Secret {
    if (this.lookup(name))
      throw new AwsError(
        'ResourceExistsException',
        `The operation failed because the secret ${name} already exists.`,
      );
    const now = Date.now();
    const secret: Secret = { arn: this.arnOf(name), name, created: now, changed: now, versions: [] };
    this.secrets.push(secret);
    return secret;
  }

  private addVersion(
    secret: Secret,
    value: Value,
    stages = ['AWSCURRENT'],
    id: string = randomUUID(),
  ): SecretVersion {
    const version: SecretVersion = { id, created: Date.now(), ...value, stages: [] };
    secret.versions.push(version);
    for (const stage of stages) moveStage(secret, stage, version);
    // A version without a stage is deprecated and deleted by AWS sooner or later.
    secret.versions = secret.versions.filter(({ stages: kept }) => kept.length > 0);
    secret.changed = Date.now();
    return version;
  }

  async put(
    secretId: string,
    value: Value,
    stages?: string[],
    token?: string,
  ): Promise<{ secret: Secret; version: SecretVersion }> {
    const secret = this.require(secretId);
    const repeated = secret.versions.find(({ id }) => id === token);
    if (repeated && (repeated.text !== value.text || repeated.binary !== value.binary))
      throw new AwsError(
        'ResourceExistsException',
        'A version with this ClientRequestToken and another value exists.',
      );
    const version = repeated ?? this.addVersion(secret, value, stages, token);
    await this.state.save();
    return { secret, version };
  }

  value(
    secretId: string,
    versionId?: string,
    stage = versionId === undefined ? 'AWSCURRENT' : undefined,
  ): SecretVersion {
    const found = this.find(this.require(secretId).arn, versionId, stage);
    if (!found)
      throw missing(
        `Secrets Manager can't find the specified secret value for ${stage === undefined ? `VersionId: ${versionId}` : `staging label: ${stage}`}`,
      );
    return found;
  }

  async move(
    secretId: string,
    stage: string,
    from: string | undefined,
    to: string | undefined,
  ): Promise<Secret> {
    const secret = this.require(secretId);
    const holder = secret.versions.find(({ stages }) => stages.includes(stage));
    if (holder && to !== undefined && holder.id !== to && holder.id !== from)
      throw new AwsError(
        'InvalidParameterException',
        `${stage} is attached to version ${holder.id}: name it in RemoveFromVersionId.`,
      );
    if (from !== undefined && holder?.id !== from)
      throw new AwsError('InvalidParameterException', `${stage} is not attached to version ${from}.`);
    if (to === undefined) {
      if (stage === 'AWSCURRENT')
        throw new AwsError('InvalidParameterException', 'AWSCURRENT can be moved, but not removed.');
      if (holder) holder.stages = holder.stages.filter((name) => name !== stage);
    } else {
      const target = secret.versions.find(({ id }) => id === to);
      if (!target)
        throw missing(`Secrets Manager can't find the specified secret value for VersionId: ${to}`);
      moveStage(secret, stage, target);
    }
    await this.state.save();
    return secret;
  }
}

/** A stage is on one version at most; what loses AWSCURRENT becomes AWSPREVIOUS. */
function moveStage(secret: Secret, stage: string, target: SecretVersion): void {
  const holder = secret.versions.find(({ stages }) => stages.includes(stage));
  if (holder === target) return;
  if (holder) holder.stages = holder.stages.filter((name) => name !== stage);
  target.stages.push(stage);
  if (holder && stage === 'AWSCURRENT') moveStage(secret, 'AWSPREVIOUS', holder);
}

function generated(
  name: string,
  generate: NonNullable<z.infer<typeof properties>['GenerateSecretString']>,
): string {
  const password = randomPassword(generate);
  const { SecretStringTemplate: template, GenerateStringKey: key } = generate;
  if (template === undefined && key === undefined) return password;
  if (template === undefined || key === undefined)
    throw new Error(
      `AWS::SecretsManager::Secret ${name}: SecretStringTemplate and GenerateStringKey come together.`,
    );
  return JSON.stringify({ ...(JSON.parse(template) as object), [key]: password });
}
