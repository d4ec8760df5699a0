/** Parameter Store, kept in one file of mode 0600: SecureString values are as readable here as their owner is. */
import * as z from 'zod';
import { StateFile } from './atomic-file';
import type { Principals } from './authentication';
import { AwsError } from './errors';
import { JsonService, operation } from './json-service';

interface Parameter {
  readonly name: string;
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly value: string;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

const properties = z.strictObject({
  Name: z.string().optional(),
  Type: z.enum(['String', 'StringList']),
  Value: z.string(),
  AllowedPattern: z.string().optional(),
  DataType: z.literal('text').optional(),
  Description: z.unknown().optional(),
  Tags: z.unknown().optional(),
  Tier: z.unknown().optional(),
});

export class SsmEngine {
  private readonly state: StateFile<Parameter[]>;
  private readonly parameters: Map<string, Parameter>;

  private constructor(
    file: string,
    readonly place: { readonly region: string; readonly accountId: string },
    stored: readonly Parameter[],
  ) {
    this.parameters = new Map(stored.map((parameter) => [parameter.name, parameter]));
    this.state = new StateFile(file, () => [...this.parameters.values()]);
  }

  static async open(file: string, place: { region: string; accountId: string }): Promise<SsmEngine> {
    return new SsmEngine(file, place, (await StateFile.read<Parameter[]>(file)) ?? []);
  }

  arnOf(name: string): string {
    return `arn:aws:ssm:${this.place.region}:${this.place.accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
  }

  /**
   * Creates a declared parameter, or brings it up to its declaration.
   * @throws Error naming properties that cannot be honoured locally
   */
  async createParameter({ name, properties: given }: { name: string; properties: unknown }): Promise<void> {
    const parsed = properties.safeParse(given);
    if (!parsed.success)
      throw new Error(`AWS::SSM::Parameter ${name} cannot run locally:\n${z.prettifyError(parsed.error)}`);
    const { Type, Value } = parsed.data;
    const existing = this.parameters.get(name);
    if (existing?.value !== Value || existing.type !== Type) await this.put(name, Type, Value, true);
  }

  async put(
    name: string,
    type: Parameter['type'] | undefined,
    value: string,
    overwrite: boolean,
  ): Promise<Parameter> {
    const existing = this.parameters.get(name);
    if (existing && !overwrite)
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    const kind = type ?? existing?.type;
    if (!kind)
      throw new AwsError('ValidationException', 'A parameter type is required when you create a parameter.');
    const parameter = {
      name,
      type: kind,
      value,
      version: (existing?.version ?? 0) + 1,
      modified: Date.now(),
    };
    this.parameters.set(name, parameter);
    await this.state.save();
    return parameter;
  }

  find(name: string): Parameter | undefined {
    return this.parameters.get(
      name.startsWith('arn:') ? name.slice(name.indexOf(':parameter') + ':parameter'.length) : name,
    );
  }

  list(): Parameter[] {
    return [...this.parameters.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @returns whether there was such a parameter */
  async remove(name: string): Promise<boolean> {
    const removed = this.parameters.delete(name);
    if (removed) await this.state.save();
    return removed;
  }
}

export function ssmService(engine: SsmEngine, principals: Principals): JsonService {
  const WithDecryption = z.boolean().optional();
  const Name = z.string().min(1);
  // Without decryption AWS returns ciphertext; nothing that works on AWS reads that, so it is marked instead.
  const shown = (parameter: Parameter, decrypt: boolean | undefined) => ({
    Name: parameter.name,
    Type: parameter.type,
    Value:
      parameter.type === 'SecureString' && !decrypt ? 'encrypted: ask with WithDecryption' : parameter.value,
    Version: parameter.version,
    LastModifiedDate: parameter.modified / 1000,
    ARN: engine.arnOf(parameter.name),
    DataType: 'text',
  });
  const on = (action: string, name: string) => ({ action: `ssm:${action}`, resource: engine.arnOf(name) });
  return new JsonService({
    name: 'ssm',
    target: 'AmazonSSM.',
    invalidCode: 'ValidationException',
    principals,
    region: engine.place.region,
    operations: {
      GetParameter: operation({
        input: z.object({ Name, WithDecryption }),
        authorize: (input) => on('GetParameter', input.Name),
        run: (input) => {
          const parameter = engine.find(input.Name);
          if (!parameter)
            throw new AwsError('ParameterNotFound', `The parameter ${input.Name} does not exist.`);
          return { Parameter: shown(parameter, input.WithDecryption) };
        },
      }),
      GetParameters: operation({
        input: z.object({ Names: z.array(Name).min(1).max(10), WithDecryption }),
        authorize: (input) => input.Names.map((name) => on('GetParameters', name)),
        run: ({ Names, WithDecryption: decrypt }) => ({
          Parameters: Names.flatMap((name) => engine.find(name) ?? []).map((parameter) =>
            shown(parameter, decrypt),
          ),
          InvalidParameters: Names.filter((name) => !engine.find(name)),
        }),
      }),
      GetParametersByPath: operation({
        input: z.object({
          Path: z.string().startsWith('/'),
          Recursive: z.boolean().optional(),
          WithDecryption,
          MaxResults: z.int().min(1).max(10).optional(),
          NextToken: z.string().optional(),
        }),
        authorize: (input) => ({
          ...on('GetParametersByPath', input.Path),
          conditions: { 'ssm:Recursive': String(input.Recursive ?? false) },
        }),
        run: ({ Path, Recursive, WithDecryption: decrypt, MaxResults = 10, NextToken = '' }) => {
          const folder = Path.endsWith('/') ? Path : `${Path}/`;
          const below = engine
            .list()
            .filter(
              ({ name }) =>
                name.startsWith(folder) && (Recursive || !name.slice(folder.length).includes('/')),
            );
          const rest = below.filter(({ name }) => name > NextToken);
          const page = rest.slice(0, MaxResults);
          return {
            Parameters: page.map((parameter) => shown(parameter, decrypt)),
            NextToken: rest.length > page.length ? page.at(-1)?.name : undefined,
          };
        },
      }),
      PutParameter: operation({
        input: z.object({
          Name: z.string().regex(/^[\w./-]{1,1011}$/),
          Value: z.string().min(1).max(8192),
          Type: z.enum(['String', 'StringList', 'SecureString']).optional(),
          Overwrite: z.boolean().optional(),
          Description: z.string().optional(),
        }),
        authorize: (input) => on('PutParameter', input.Name),
        run: async (input) => ({
          Version: (await engine.put(input.Name, input.Type, input.Value, input.Overwrite ?? false)).version,
          Tier: 'Standard',
        }),
      }),
      DeleteParameter: operation({
        input: z.object({ Name }),
        authorize: (input) => on('DeleteParameter', input.Name),
        run: async (input) => {
          if (!(await engine.remove(input.Name)))
            throw new AwsError('ParameterNotFound', `The parameter ${input.Name} does not exist.`);
          return {};
        },
      }),
    },
  });
}
