/** A user pool of a synthesized stack whose triggers are real functions, in processes of their own. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnUserPool, CfnUserPoolClient, CfnUserPoolGroup } from 'aws-cdk-lib/aws-cognito';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnFunction, CfnPermission } from 'aws-cdk-lib/aws-lambda';
import type { TriggerName } from '../../../../../scripts/local/aws/cognito/settings';
import { allowAll } from '../../../../support/decisions';
import {
  deployApp,
  removeTemporaryDirectories,
  synthesizeStack,
  temporaryDirectory,
} from '../../deployed-app';
import { type RunningEndpoint, startEndpoint } from '../running-endpoint';
import { CLIENT, POOL, poolOf, type RunningPool } from './running-pool';

/** As a trigger gets it. */
export interface TriggerEvent {
  readonly version: string;
  readonly triggerSource: string;
  readonly userName: string;
  readonly userPoolId: string;
  readonly region: string;
  readonly callerContext: { readonly awsSdkVersion: string; readonly clientId: string };
  readonly request: Record<string, unknown>;
  readonly response: Record<string, unknown>;
}

export interface DeployedPool extends RunningPool {
  /** Events of one source so far, in order. */
  events(source: string): TriggerEvent[];
  /** Forgets the events so far. */
  forgetEvents(): void;
}

export interface PoolDeclaration {
  readonly triggers: readonly TriggerName[];
  /**
   * What the function does, by trigger source: body of an async function of `event`, which is answered afterwards.
   * Without one the function answers the event as it came.
   */
  readonly rules: Readonly<Record<string, string>>;
  readonly pool?: object;
  readonly client?: object;
  readonly groups?: readonly string[];
  /** @default 5000 */
  readonly triggerTimeoutMs?: number;
  /** Pool that the policy of the function names, or none at all. @default this pool */
  readonly permits?: { readonly sourceArn: string } | 'nobody';
}

function codeOf(rules: PoolDeclaration['rules']): string {
  const cases = Object.entries(rules).map(([source, body]) => `'${source}': async (event) => { ${body} }`);
  return `
    const { appendFileSync } = require('node:fs');
    const rules = { ${cases.join(',\n')} };
    exports.handler = async (event) => {
      appendFileSync(process.env.EVENTS, JSON.stringify(event) + '\\n');
      const answer = await rules[event.triggerSource]?.(event);
      return answer === undefined ? event : answer;
    };`;
}

const cognito = 'cognito-idp.amazonaws.com';

export async function deployPool(declaration: PoolDeclaration): Promise<DeployedPool> {
  const file = join(temporaryDirectory(), 'events.jsonl');
  const assembly = synthesizeStack((stack) => {
    // Lower-level constructs: a template just as a deployment has it, without assets to build.
    const role = new CfnRole(stack, 'Role', {
      assumeRolePolicyDocument: {
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
    });
    const handler = new CfnFunction(stack, 'Triggers', {
      code: { zipFile: codeOf(declaration.rules) },
      handler: 'index.handler',
      runtime: 'nodejs24.x',
      role: role.attrArn,
      timeout: 20,
      environment: { variables: { EVENTS: file } },
    });
    const functionArn = stack.resolve(handler.attrArn);
    const pool = new CfnUserPool(stack, 'Pool');
    pool.addOverride('Properties', {
      ...POOL,
      ...declaration.pool,
      LambdaConfig: Object.fromEntries(declaration.triggers.map((name) => [name, functionArn])),
    });
    const { permits = { sourceArn: pool.attrArn } } = declaration;
    if (permits !== 'nobody')
      new CfnPermission(stack, 'MayInvoke', {
        action: 'lambda:InvokeFunction',
        functionName: handler.ref,
        principal: 'cognito-idp.amazonaws.com',
        sourceAccount: stack.account,
        ...permits,
      });
    const client = new CfnUserPoolClient(stack, 'Client', { userPoolId: pool.ref });
    client.addOverride('Properties', {
      ...CLIENT,
      ...declaration.client,
      UserPoolId: stack.resolve(pool.ref),
    });
    for (const groupName of declaration.groups ?? [])
      new CfnUserPoolGroup(stack, `Group${groupName}`, { groupName, userPoolId: pool.ref });
  });
  let aws: RunningEndpoint | undefined;
  const { system, close } = await deployApp(assembly, async (functions, _roles, { authorize }) => {
    aws = await startEndpoint({
      authorize: (request) => (request.principal === cognito ? authorize(request) : allowAll(request)),
      invokeTrigger: (arn, event) => functions.invoke(arn, event),
      ...(declaration.triggerTimeoutMs && { triggerTimeoutMs: declaration.triggerTimeoutMs }),
    });
    return aws;
  });
  const [client] = system.declared.userPoolClients;
  if (!client || !aws) throw new Error('the stack has declared no client');
  const running = poolOf(aws, client.userPoolId, client.clientId);
  let forgotten = 0;
  const all = () =>
    (existsSync(file) ? readFileSync(file, 'utf8') : '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as TriggerEvent);
  return {
    ...running,
    events: (source) =>
      all()
        .slice(forgotten)
        .filter(({ triggerSource }) => triggerSource === source),
    forgetEvents: () => {
      forgotten = all().length;
    },
    stop: async () => {
      await running.stop();
      await close();
      removeTemporaryDirectories();
    },
  };
}
