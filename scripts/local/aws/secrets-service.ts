/** The Secrets Manager API over the secrets that are kept here. */
import * as z from 'zod';
import type { Principals } from './authentication';
import { type Grant, JsonService, operation } from './json-service';
import { type KeyUse, keyUse } from './key-use';
import { passwordRules, randomPassword } from './random-password';
import type { Secret, SecretsEngine, SecretVersion } from './secrets';

const seconds = (milliseconds: number): number => milliseconds / 1000;

const stagesOf = ({ versions }: Secret): Record<string, string[]> =>
  Object.fromEntries(versions.map(({ id, stages }) => [id, stages]));

const describe = (secret: Secret) => ({
  ARN: secret.arn,
  Name: secret.name,
  Description: secret.description,
  CreatedDate: seconds(secret.created),
  LastChangedDate: seconds(secret.changed),
});

const written = ({ secret, version }: { secret: Secret; version: SecretVersion }) => ({
  ARN: secret.arn,
  Name: secret.name,
  VersionId: version.id,
  VersionStages: version.stages,
});

export function secretsService(engine: SecretsEngine, principals: Principals): JsonService {
  const SecretId = z.string().min(1);
  const value = {
    SecretString: z.string().max(65_536).optional(),
    SecretBinary: z.string().optional(),
    ClientRequestToken: z.string().min(32).max(64).optional(),
  };
  const on =
    (action: string) =>
    (input: { SecretId: string }): Grant => {
      const arn = engine.resourceOf(input.SecretId);
      return {
        action: `secretsmanager:${action}`,
        resource: arn,
        conditions: { 'secretsmanager:SecretId': arn },
      };
    };
  /** https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html (read 2026-11-26) */
  const keyOf = (secretId: string, versionId: string, actions: KeyUse['actions']): Grant[] => {
    const secret = engine.list().find(({ arn }) => arn === engine.resourceOf(secretId));
    const context = { SecretARN: secret?.arn ?? '', SecretVersionId: versionId };
    return keyUse('secretsmanager', { keyArn: secret?.keyArn, actions, context });
  };
  return new JsonService({
    name: 'secretsmanager',
    target: 'secretsmanager.',
    invalidCode: 'InvalidParameterException',
    principals,
    region: engine.place.region,
    operations: {
      GetSecretValue: operation({
        input: z.object({ SecretId, VersionId: z.string().optional(), VersionStage: z.string().optional() }),
        authorize: (input) => {
          const grant = on('GetSecretValue')(input);
          const { VersionId, VersionStage } = input;
          const stage = VersionStage ?? (VersionId === undefined ? 'AWSCURRENT' : undefined);
          const version = engine.find(input.SecretId, VersionId, stage);
          return [
            {
              ...grant,
              conditions: {
                ...grant.conditions,
                ...(VersionId !== undefined && { 'secretsmanager:VersionId': VersionId }),
                ...(stage !== undefined && { 'secretsmanager:VersionStage': stage }),
              },
            },
            ...(version ? keyOf(input.SecretId, version.id, ['kms:Decrypt']) : []),
          ];
        },
        run: ({ SecretId, VersionId, VersionStage }) => {
          const secret = engine.require(SecretId);
          const version = engine.value(SecretId, VersionId, VersionStage);
          return {
            ...written({ secret, version }),
            SecretString: version.text,
            SecretBinary: version.binary,
            CreatedDate: seconds(version.created),
          };
        },
      }),
      DescribeSecret: operation({
        input: z.object({ SecretId }),
        authorize: on('DescribeSecret'),
        run: (input) => {
          const secret = engine.require(input.SecretId);
          return { ...describe(secret), VersionIdsToStages: stagesOf(secret) };
        },
      }),
      PutSecretValue: operation({
        input: z.object({ SecretId, ...value, VersionStages: z.array(z.string()).min(1).optional() }),
        authorize: (input) => {
          const token = input.ClientRequestToken ?? '';
          // A repetition is compared with the version that is there.
          const repeated = engine.find(input.SecretId, token, undefined) !== undefined;
          return [
            on('PutSecretValue')(input),
            ...keyOf(
              input.SecretId,
              token,
              repeated ? ['kms:GenerateDataKey', 'kms:Decrypt'] : ['kms:GenerateDataKey'],
            ),
          ];
        },
        run: async ({
          SecretId,
          SecretString: text,
          SecretBinary: binary,
          VersionStages,
          ClientRequestToken,
        }) => written(await engine.put(SecretId, { text, binary }, VersionStages, ClientRequestToken)),
      }),
      CreateSecret: operation({
        input: z.object({
          Name: z.string().regex(/^[\w/+=.@-]{1,512}$/),
          Description: z.string().optional(),
          ...value,
        }),
        authorize: ({ Name, Description }) => ({
          action: 'secretsmanager:CreateSecret',
          resource: engine.arnOf(Name),
          conditions: {
            'secretsmanager:Name': Name,
            ...(Description !== undefined && { 'secretsmanager:Description': Description }),
          },
        }),
        run: async ({ Name, Description, SecretString: text, SecretBinary: binary, ClientRequestToken }) => {
          const secret = engine.add(Name);
          secret.description = Description;
          return written(await engine.put(secret.arn, { text, binary }, undefined, ClientRequestToken));
        },
      }),
      UpdateSecretVersionStage: operation({
        input: z.object({
          SecretId,
          VersionStage: z.string(),
          RemoveFromVersionId: z.string().optional(),
          MoveToVersionId: z.string().optional(),
        }),
        authorize: on('UpdateSecretVersionStage'),
        run: async ({ SecretId, VersionStage, RemoveFromVersionId, MoveToVersionId }) => {
          const secret = await engine.move(SecretId, VersionStage, RemoveFromVersionId, MoveToVersionId);
          return { ARN: secret.arn, Name: secret.name };
        },
      }),
      ListSecrets: operation({
        input: z.object({ MaxResults: z.number().optional() }),
        authorize: () => ({ action: 'secretsmanager:ListSecrets', resource: '*' }),
        run: () => ({
          SecretList: engine
            .list()
            .map((secret) => ({ ...describe(secret), SecretVersionsToStages: stagesOf(secret) })),
        }),
      }),
      GetRandomPassword: operation({
        input: z.object(passwordRules),
        authorize: () => ({ action: 'secretsmanager:GetRandomPassword', resource: '*' }),
        run: (input) => ({ RandomPassword: randomPassword(input) }),
      }),
    },
  });
}
