import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

let client: LambdaClient | undefined;

/** @throws Error unless Lambda has taken the event */
export async function sendEvent(functionArn: string, payload: object): Promise<void> {
  client ??= new LambdaClient({});
  const { StatusCode } = await client.send(
    new InvokeCommand({
      FunctionName: functionArn,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify(payload)),
    }),
  );
  if (StatusCode !== 202) throw new Error(`expected Lambda to take the event with 202, found ${StatusCode}`);
}
