/** What a client of a user pool declares, read from resolved CloudFormation properties. */
import * as z from 'zod';
import { type OauthSettings, oauthProperties, readOauth } from './hosted/client-settings';
import { flag, ignored, parse } from './settings';

const TOKEN_UNITS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;
const unit = z.enum(['seconds', 'minutes', 'hours', 'days']).optional();
const texts = z.array(z.string()).optional();

const clientProperties = z.strictObject({
  UserPoolId: z.string().optional(),
  ClientName: z.string().optional(),
  ExplicitAuthFlows: texts,
  GenerateSecret: flag.optional(),
  AccessTokenValidity: z.coerce.number().optional(),
  IdTokenValidity: z.coerce.number().optional(),
  RefreshTokenValidity: z.coerce.number().optional(),
  TokenValidityUnits: z.strictObject({ AccessToken: unit, IdToken: unit, RefreshToken: unit }).optional(),
  PreventUserExistenceErrors: z.enum(['ENABLED', 'LEGACY']).optional(),
  EnableTokenRevocation: flag.optional(),
  AuthSessionValidity: z.coerce.number().optional(),
  ReadAttributes: texts,
  WriteAttributes: texts,
  RefreshTokenRotation: z
    .strictObject({
      Feature: z.enum(['ENABLED', 'DISABLED']),
      RetryGracePeriodSeconds: z.coerce.number().min(0).max(60).optional(),
    })
    .optional(),
  ...oauthProperties,
  ...ignored('EnablePropagateAdditionalUserContextData'),
});

export interface ClientSettings {
  readonly name: string;
  readonly flows: ReadonlySet<string>;
  readonly generateSecret: boolean;
  /** Seconds. */
  readonly validity: {
    readonly access: number;
    readonly id: number;
    readonly refresh: number;
    readonly session: number;
  };
  /** Refresh tokens serve once, and this many seconds longer; undefined: until they expire. */
  readonly rotationGraceSeconds: number | undefined;
  readonly hidesUnknownUsers: boolean;
  readonly revocation: boolean;
  /** Undefined: all. */
  readonly readable: readonly string[] | undefined;
  readonly writable: readonly string[] | undefined;
  readonly oauth: OauthSettings;
}

/** Combinations that Cognito refuses. */
function contradictionOf({
  RefreshTokenRotation,
  ExplicitAuthFlows,
}: z.infer<typeof clientProperties>): string | undefined {
  return RefreshTokenRotation?.Feature === 'ENABLED' &&
    ExplicitAuthFlows?.includes('ALLOW_REFRESH_TOKEN_AUTH')
    ? 'RefreshTokenRotation excludes ALLOW_REFRESH_TOKEN_AUTH among ExplicitAuthFlows, on AWS too: remove the flow.'
    : undefined;
}

export function readClient(name: string, properties: unknown): ClientSettings {
  const client = parse(clientProperties, 'AWS::Cognito::UserPoolClient', name, properties);
  const contradiction = contradictionOf(client);
  if (contradiction)
    throw new Error(`AWS::Cognito::UserPoolClient ${name} cannot run locally: ${contradiction}`);
  const units = client.TokenValidityUnits;
  const seconds = (value: number | undefined, own: keyof typeof TOKEN_UNITS, fallback: number) =>
    value === undefined || value === 0 ? fallback : value * TOKEN_UNITS[own];
  const rotates = client.RefreshTokenRotation?.Feature === 'ENABLED';
  return {
    name: client.ClientName ?? name,
    flows: new Set(
      client.ExplicitAuthFlows ?? [
        ...(rotates ? [] : ['ALLOW_REFRESH_TOKEN_AUTH']),
        'ALLOW_USER_SRP_AUTH',
        'ALLOW_CUSTOM_AUTH',
      ],
    ),
    generateSecret: client.GenerateSecret ?? false,
    validity: {
      access: seconds(client.AccessTokenValidity, units?.AccessToken ?? 'hours', 3600),
      id: seconds(client.IdTokenValidity, units?.IdToken ?? 'hours', 3600),
      refresh: seconds(client.RefreshTokenValidity, units?.RefreshToken ?? 'days', 30 * 86_400),
      session: (client.AuthSessionValidity ?? 3) * 60,
    },
    rotationGraceSeconds: rotates ? (client.RefreshTokenRotation?.RetryGracePeriodSeconds ?? 0) : undefined,
    hidesUnknownUsers: client.PreventUserExistenceErrors === 'ENABLED',
    revocation: client.EnableTokenRevocation ?? true,
    readable: client.ReadAttributes,
    writable: client.WriteAttributes,
    oauth: readOauth(client),
  };
}
