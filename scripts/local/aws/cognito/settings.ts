/** What a user pool declares, read from resolved CloudFormation properties. */
import * as z from 'zod';
import { declaredAttribute, readSchema, type Schema } from './schema';

export const flag = z.union([z.boolean(), z.stringbool()]);

/** Accepted: these shape mails, consoles and paid features, not the answers of the API. */
export const ignored = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, z.unknown().optional()]));

/** Functions of LambdaConfig the engine invokes. */
export const TRIGGERS = [
  'CreateAuthChallenge',
  'CustomMessage',
  'DefineAuthChallenge',
  'PostAuthentication',
  'PostConfirmation',
  'PreAuthentication',
  'PreSignUp',
  'PreTokenGeneration',
  'UserMigration',
  'VerifyAuthChallengeResponse',
] as const;

export type TriggerName = (typeof TRIGGERS)[number];

const lambdaConfig = z.strictObject({
  ...(Object.fromEntries(TRIGGERS.map((name) => [name, z.string().optional()])) as Record<
    TriggerName,
    z.ZodOptional<z.ZodString>
  >),
  // The newer event versions change access tokens too, which nothing here does.
  PreTokenGenerationConfig: z
    .strictObject({ LambdaArn: z.string(), LambdaVersion: z.literal('V1_0') })
    .optional(),
});

const FIRST_FACTORS = ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'] as const;

export type FirstFactor = (typeof FIRST_FACTORS)[number];

const poolProperties = z.strictObject({
  UserPoolName: z.string().optional(),
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
          /** Cognito remembers earlier passwords on the PLUS tier only; here everybody may return to one. */
          PasswordHistorySize: z.unknown().optional(),
        })
        .optional(),
      SignInPolicy: z
        .strictObject({ AllowedFirstAuthFactors: z.array(z.enum(FIRST_FACTORS)).optional() })
        .optional(),
    })
    .optional(),
  Schema: z.array(declaredAttribute).optional(),
  MfaConfiguration: z.enum(['OFF', 'OPTIONAL', 'ON']).optional(),
  EnabledMfas: z.array(z.string()).optional(),
  LambdaConfig: lambdaConfig.optional(),
  UserAttributeUpdateSettings: z
    .strictObject({ AttributesRequireVerificationBeforeUpdate: z.array(z.literal('email')).optional() })
    .optional(),
  UserPoolTier: z.enum(['LITE', 'ESSENTIALS', 'PLUS']).optional(),
  DeletionProtection: z.string().optional(),
  ...ignored(
    'AccountRecoverySetting',
    'DeviceConfiguration',
    'EmailConfiguration',
    'EmailVerificationMessage',
    'EmailVerificationSubject',
    'SmsConfiguration',
    'SmsVerificationMessage',
    'UserPoolAddOns',
    'UserPoolTags',
    'VerificationMessageTemplate',
    'WebAuthnFactorConfiguration',
    'WebAuthnRelyingPartyID',
    'WebAuthnUserVerification',
  ),
});

export interface PoolSettings {
  readonly name: string;
  readonly emailIsUsername: boolean;
  readonly verifiesEmail: boolean;
  /** Whether a new address counts only once it is verified. */
  readonly keepsOriginalEmail: boolean;
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
  readonly firstFactors: readonly FirstFactor[];
  /** The second factor is always an authenticator app. */
  readonly mfa: 'OFF' | 'OPTIONAL' | 'ON';
  readonly schema: Schema;
  /** Of the schema those that every user must have, besides `sub`. */
  readonly requiredAttributes: readonly string[];
  /** Function ARNs. */
  readonly triggers: Readonly<Partial<Record<TriggerName, string>>>;
  readonly tier: 'LITE' | 'ESSENTIALS' | 'PLUS';
  readonly deletionProtection: string;
}

/** @throws Error that names each property which cannot be honoured locally */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  type: string,
  name: string,
  properties: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(properties);
  if (parsed.success) return parsed.data;
  throw new Error(`${type} ${name} cannot run locally:\n${z.prettifyError(parsed.error)}`);
}

type Properties = z.infer<typeof poolProperties>;

/** Combinations that Cognito refuses, and second factors that are not offered here. */
export function contradictionsOf({
  MfaConfiguration = 'OFF',
  EnabledMfas = [],
  Policies,
  UserPoolTier,
}: Pick<Properties, 'MfaConfiguration' | 'EnabledMfas' | 'Policies' | 'UserPoolTier'>): string[] {
  const passwordless = (Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? []).filter(
    (factor) => factor !== 'PASSWORD',
  );
  const others = EnabledMfas.filter((factor) => factor !== 'SOFTWARE_TOKEN_MFA');
  const contradictions: [boolean, string][] = [
    [
      MfaConfiguration !== 'OFF' && !EnabledMfas.includes('SOFTWARE_TOKEN_MFA'),
      `MfaConfiguration ${MfaConfiguration} needs SOFTWARE_TOKEN_MFA among EnabledMfas: it is the only second factor of the local pool.`,
    ],
    [others.length > 0, `EnabledMfas ${others.join(', ')} is not supported, only SOFTWARE_TOKEN_MFA.`],
    [
      MfaConfiguration === 'ON' && passwordless.length > 0,
      `MfaConfiguration ON excludes ${passwordless.join(', ')} among AllowedFirstAuthFactors, on AWS too.`,
    ],
    [
      UserPoolTier === 'LITE' && passwordless.length > 0,
      `UserPoolTier LITE excludes ${passwordless.join(', ')} among AllowedFirstAuthFactors, on AWS too.`,
    ],
    [passwordless.includes('SMS_OTP'), 'SMS_OTP is not supported: the local pool sends no messages.'],
  ];
  return contradictions.filter(([holds]) => holds).map(([, sentence]) => sentence);
}

export function readPool(name: string, properties: unknown): PoolSettings {
  const pool = parse(poolProperties, 'AWS::Cognito::UserPool', name, properties);
  const contradictions = contradictionsOf(pool);
  if (contradictions.length > 0)
    throw new Error(`AWS::Cognito::UserPool ${name} cannot run locally:\n${contradictions.join('\n')}`);
  const policy = pool.Policies?.PasswordPolicy;
  const { PreTokenGenerationConfig, ...triggers } = pool.LambdaConfig ?? {};
  const schema = readSchema(pool.Schema ?? []);
  return {
    name: pool.UserPoolName ?? name,
    emailIsUsername: pool.UsernameAttributes?.includes('email') ?? false,
    verifiesEmail: pool.AutoVerifiedAttributes?.includes('email') ?? false,
    keepsOriginalEmail:
      pool.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate?.includes('email') ?? false,
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
    firstFactors: pool.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ['PASSWORD'],
    mfa: pool.MfaConfiguration ?? 'OFF',
    schema,
    requiredAttributes: [...schema.values()]
      .filter(({ name, required }) => required && name !== 'sub')
      .map(({ name }) => name),
    triggers: {
      ...triggers,
      ...(PreTokenGenerationConfig && { PreTokenGeneration: PreTokenGenerationConfig.LambdaArn }),
    },
    tier: pool.UserPoolTier ?? 'ESSENTIALS',
    deletionProtection: pool.DeletionProtection ?? 'INACTIVE',
  };
}
