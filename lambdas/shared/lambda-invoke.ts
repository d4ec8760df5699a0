import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { withinTrigger } from './client-timeouts';

let client: LambdaClient | undefined;

/** @throws Error unless Lambda has taken the event */
export async function lambdaInvoke(functionArn: string, event: object): Promise<void> {
  client ??= new LambdaClient(withinTrigger);
  const { StatusCode } = await client.send(
    new InvokeCommand({
      FunctionName: functionArn,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify(event)),
    }),
  );
  if (StatusCode !== 202) throw new Error(`expected Lambda to take the event with 202, found ${StatusCode}`);
}
