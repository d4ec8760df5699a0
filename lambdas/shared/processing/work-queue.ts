import { callAws } from '../aws-call';

/** The queue that a worker's messages come from, and the one for those that are given up. */
export interface WorkQueue {
  /** Makes a message visible again after so many seconds. */
  postpone(receiptHandle: string, seconds: number): Promise<void>;
  /** Keeps a message for people, with what they need to know. */
  giveUp(body: string, why: { reason: string; error: string; key: string | undefined }): Promise<void>;
}

/** A few attempts within seconds: what fails after that is left to the visibility timeout. */
const patience = { attempts: 3, timeoutMs: 2_000 };

/** SQS takes at most 256 KB for everything; nobody reads more of an error in a list of messages. */
const maxErrorLength = 500;

export function sqsWorkQueue(
  { queueUrl, deadLettersUrl }: { readonly queueUrl: string; readonly deadLettersUrl: string },
  variables: NodeJS.ProcessEnv = process.env,
): WorkQueue {
  const send = async (operation: string, body: object) => {
    const { status, errorType } = await callAws(
      {
        service: 'sqs',
        headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': `AmazonSQS.${operation}` },
        body,
      },
      { ...patience, variables },
    );
    if (status !== 200)
      throw new Error(`expected SQS to answer ${operation} with 200, found ${status} ${errorType}`.trim());
  };
  return {
    postpone: (ReceiptHandle, VisibilityTimeout) =>
      send('ChangeMessageVisibility', { QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout }),
    giveUp: (MessageBody, { reason, error, key }) =>
      send('SendMessage', {
        QueueUrl: deadLettersUrl,
        MessageBody,
        MessageAttributes: {
          'landfall-reason': attribute(reason),
          'landfall-error': attribute(error.slice(0, maxErrorLength)),
          ...(key !== undefined && { 'landfall-key': attribute(key) }),
        },
      }),
  };
}

/** SQS refuses empty values and control characters. */
function attribute(value: string) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are refused
  const printable = value.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ' ').trim();
  return { DataType: 'String', StringValue: printable || '-' };
}
