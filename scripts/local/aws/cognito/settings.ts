/** What user pools and their clients declare, read from resolved CloudFormation properties. */
import * as z from 'zod';
import { type OauthSettings, oauthProperties, readOauth } from './hosted/client-settings';

const flag = z.union([z.boolean(), z.stringbool()]);

/** Accepted: these shape mails, consoles and paid features, not the answers of the API. */
const ignored = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, z.unknown().optional()]));

const poolProperties = z.strictObject({
  UsernameAttributes: z.array(z.literal('email')).optional(),
  AutoVerifiedAttributes: z.array(z.literal('email')).optional(),
  UsernameConfiguration: z.strictObject({ CaseSensitive: flag.optional() }).optional(),
  AdminCreateUserConfig: z
    .strictObject({
      AllowAdminCreateUserOnly: flag.optional(),
      ...ignored('InviteMessageTemplate', 'UnusedAccountValidityDays'),
    })
    .optional(),
  Policies: z
    .strictObject({
      PasswordPolicy: z
        .strictObject({
          MinimumLength: z.coerce.number().optional(),
          RequireLowercase: flag.optional(),
          RequireUppercase: flag.optional(),
          RequireNumbers: flag.optional(),
          RequireSymbols: flag.optional(),
          TemporaryPasswordValidityDays: z.coerce.number().optional(),
        })
        .optional(),
      ...ignored('SignInPolicy'),
    })
    .optional(),
  Schema: z
    .array(z.object({ Name: z.string(), Required: flag.optional(), Mutable: flag.optional() }).loose())
    .optional(),
  /** No local second factor: `ON` would make every sign-in impossible, so it cannot run here. */
  MfaConfiguration: z.enum(['OFF', 'OPTIONAL']).optional(),
  /** Triggers arrive with the blueprints that use them. */
  LambdaConfig: z.strictObject({}).optional(),
  ...ignored(
    'AccountRecoverySetting',
    'DeletionProtection',
    'DeviceConfiguration',
    'EmailConfiguration',
    'EmailVerificationMessage',
    'EmailVerificationSubject',
    'EnabledMfas',
    'SmsConfiguration',
    'SmsVerificationMessage',
    'UserAttributeUpdateSettings',
    'UserPoolAddOns',
    'UserPoolName',
    'UserPoolTags',
    'UserPoolTier',
    'VerificationMessageTemplate',
    'WebAuthnUserVerification',
  ),
});

const TOKEN_UNITS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;
const unit = z.enum(['seconds', 'minutes', 'hours', 'days']).optional();

const clientProperties = z.strictObject({
  UserPoolId: z.string().optional(),
  ExplicitAuthFlows: z.array(z.string()).optional(),
  GenerateSecret: flag.optional(),
  AccessTokenValidity: z.coerce.number().optional(),
  IdTokenValidity: z.coerce.number().optional(),
  RefreshTokenValidity: z.coerce.number().optional(),
  TokenValidityUnits: z.strictObject({ AccessToken: unit, IdToken: unit, RefreshToken: unit }).optional(),
  PreventUserExistenceErrors: z.enum(['ENABLED', 'LEGACY']).optional(),
  EnableTokenRevocation: flag.optional(),
  AuthSessionValidity: z.coerce.number().optional(),
  ReadAttributes: z.array(z.string()).optional(),
  WriteAttributes: z.array(z.string()).optional(),
  RefreshTokenRotation: z.strictObject({ Feature: z.literal('DISABLED') }).optional(),
  ...oauthProperties,
  ...ignored('ClientName', 'EnablePropagateAdditionalUserContextData'),
});

export interface PoolSettings {
  readonly emailIsUsername: boolean;
  readonly verifiesEmail: boolean;
  readonly caseSensitive: boolean;
  readonly selfSignUp: boolean;
  readonly password: {
    readonly minimumLength: number;
    readonly lowercase: boolean;
    readonly uppercase: boolean;
    readonly numbers: boolean;
    readonly symbols: boolean;
    readonly temporaryDays: number;
  };
  /** Custom attributes, with their `custom:` prefix. */
  readonly customAttributes: readonly string[];
  readonly requiredAttributes: readonly string[];
}

export interface ClientSettings {
  readonly flows: ReadonlySet<string>;
  readonly generateSecret: boolean;
  /** Seconds. */
  readonly validity: {
    readonly access: number;
    readonly id: number;
    readonly refresh: number;
    readonly session: number;
  };
  readonly hidesUnknownUsers: boolean;
  readonly revocation: boolean;
  /** Undefined: all. */
  readonly readable: readonly string[] | undefined;
  readonly writable: readonly string[] | undefined;
  readonly oauth: OauthSettings;
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  type: string,
  name: string,
  properties: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(properties);
  if (parsed.success) return parsed.data;
  throw new Error(`${type} ${name} cannot run locally:\n${z.prettifyError(parsed.error)}`);
}

/** Attributes every pool knows, from OpenID Connect. */
export const STANDARD_ATTRIBUTES = [
  'address',
  'birthdate',
  'email',
  'email_verified',
  'family_name',
  'gender',
  'given_name',
  'locale',
  'middle_name',
  'name',
  'nickname',
  'phone_number',
  'phone_number_verified',
  'picture',
  'preferred_username',
  'profile',
  'sub',
  'updated_at',
  'website',
  'zoneinfo',
];

export function readPool(name: string, properties: unknown): PoolSettings {
  const pool = parse(poolProperties, 'AWS::Cognito::UserPool', name, properties);
  const policy = pool.Policies?.PasswordPolicy;
  const schema = pool.Schema ?? [];
  return {
    emailIsUsername: pool.UsernameAttributes?.includes('email') ?? false,
    verifiesEmail: pool.AutoVerifiedAttributes?.includes('email') ?? false,
    caseSensitive: pool.UsernameConfiguration?.CaseSensitive ?? true,
    selfSignUp: !(pool.AdminCreateUserConfig?.AllowAdminCreateUserOnly ?? false),
    // Cognito's own defaults, which hold when the template names no policy at all.
    password: {
      minimumLength: policy?.MinimumLength ?? 8,
      lowercase: policy ? (policy.RequireLowercase ?? false) : true,
      uppercase: policy ? (policy.RequireUppercase ?? false) : true,
      numbers: policy ? (policy.RequireNumbers ?? false) : true,
      symbols: policy ? (policy.RequireSymbols ?? false) : true,
      temporaryDays: policy?.TemporaryPasswordValidityDays ?? 7,
    },
    customAttributes: schema
      .filter(({ Name }) => !STANDARD_ATTRIBUTES.includes(Name))
      .map(({ Name }) => `custom:${Name}`),
    requiredAttributes: schema.filter(({ Required }) => Required).map(({ Name }) => Name),
  };
}

export function readClient(name: string, properties: unknown): ClientSettings {
  const client = parse(clientProperties, 'AWS::Cognito::UserPoolClient', name, properties);
  const units = client.TokenValidityUnits;
  const seconds = (value: number | undefined, own: keyof typeof TOKEN_UNITS, fallback: number) =>
    value === undefined || value === 0 ? fallback : value * TOKEN_UNITS[own];
  return {
    flows: new Set(
      client.ExplicitAuthFlows ?? ['ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH'],
    ),
    generateSecret: client.GenerateSecret ?? false,
    validity: {
      access: seconds(client.AccessTokenValidity, units?.AccessToken ?? 'hours', 3600),
      id: seconds(client.IdTokenValidity, units?.IdToken ?? 'hours', 3600),
      refresh: seconds(client.RefreshTokenValidity, units?.RefreshToken ?? 'days', 30 * 86_400),
      session: (client.AuthSessionValidity ?? 3) * 60,
    },
    hidesUnknownUsers: client.PreventUserExistenceErrors === 'ENABLED',
    revocation: client.EnableTokenRevocation ?? true,
    readable: client.ReadAttributes,
    writable: client.WriteAttributes,
    oauth: readOauth(client),
  };
}
