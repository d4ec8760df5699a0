import type { Authorizer } from './aws/authorization';
import { isAllowed } from './aws/service-calls';
import type { Functions } from './lambda/functions';
import type { Log } from './log';
import type { Trigger } from './system';

export interface TriggersOptions {
  readonly functions: Functions;
  readonly log: Log;
  readonly authorize: Authorizer;
}

/**
 * Runs what a deployment runs before it is complete: the schema migrations.
 *
 * @throws when a function fails, with its error and the last lines it printed
 */
export async function runTriggers(
  triggers: readonly Trigger[],
  { functions, log, authorize }: TriggersOptions,
): Promise<void> {
  for (const { name, functionArn, providerArn } of triggers) {
    const { roleArn } = functions.definition(providerArn);
    // The runtime stands in for the function of the CDK that invokes it, whose code it does not run.
    const allowed = await isAllowed(authorize, {
      principal: roleArn,
      action: 'lambda:InvokeFunction',
      resource: functionArn,
      conditions: { 'lambda:SourceFunctionArn': providerArn },
    });
    if (!allowed)
      throw new Error(
        `${name} failed, so the system is not ready: AccessDeniedException: ${roleArn} is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn}`,
      );
    const result = await functions.invoke(functionArn, {});
    if (result.ok) continue;
    const { label } = functions.definition(functionArn);
    const printed = log.lines.filter(({ source }) => source === label).slice(-10);
    throw new Error(
      `${name} failed, so the system is not ready: ${result.error.errorType}: ${result.error.errorMessage}\n` +
        `${printed.map(({ text }) => `  ${text}`).join('\n')}\n` +
        'Local data of an earlier version can be the reason; npm start -- --fresh starts over without it.',
    );
  }
}
