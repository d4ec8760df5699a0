/** The calls of SQS that a redrive makes; their failures say what to do. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Letter, letterOf } from './letter';
import { explained } from './queue-failures';

/** How long others do not see what was looked at, if this process dies before it gives it back. */
const hiddenSeconds = 120;

export const nameOf = (url: string): string => new URL(url).pathname.split('/').at(-1) ?? url;

export class Queues {
  readonly #client = new SQSClient({});

  /** URL of the queue that takes the dead letters of this one; undefined when there is none. */
  async deadLettersOf(url: string): Promise<string | undefined> {
    const { Attributes } = await explained('GetQueueAttributes', nameOf(url), () =>
      this.#client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['RedrivePolicy'] })),
    );
    if (!Attributes?.RedrivePolicy) return undefined;
    const { deadLetterTargetArn } = JSON.parse(Attributes.RedrivePolicy) as { deadLetterTargetArn: string };
    // Both are queues of one account and region: SQS takes nothing else.
    const beside = new URL(url);
    const name = deadLetterTargetArn.split(':').at(-1) as string;
    beside.pathname = [...beside.pathname.split('/').slice(0, -1), name].join('/');
    return beside.href;
  }

  /** Up to ten, which nobody else sees for a while. */
  async receive(url: string): Promise<Letter[]> {
    const { Messages = [] } = await explained('ReceiveMessage', nameOf(url), () =>
      this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: hiddenSeconds,
          // Long polling asks every server of the queue; without it, none does not mean that there are none.
          WaitTimeSeconds: 1,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
        }),
      ),
    );
    return Messages.map(letterOf);
  }

  async send(url: string, body: string, attributes: Letter['attributes']): Promise<void> {
    await explained('SendMessage', nameOf(url), () =>
      this.#client.send(
        new SendMessageCommand({ QueueUrl: url, MessageBody: body, MessageAttributes: attributes }),
      ),
    );
  }

  async delete(url: string, receipt: string): Promise<void> {
    await explained('DeleteMessage', nameOf(url), () =>
      this.#client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt })),
    );
  }

  /** Shows them to everybody again. What fails alone is seen again by itself, when its time is over. */
  async giveBack(url: string, letters: readonly Letter[]): Promise<void> {
    for (let at = 0; at < letters.length; at += 10) {
      const entries = letters.slice(at, at + 10).map(({ receipt }, index) => ({
        Id: String(index),
        ReceiptHandle: receipt,
        VisibilityTimeout: 0,
      }));
      await explained('ChangeMessageVisibility', nameOf(url), () =>
        this.#client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: entries })),
      );
    }
  }

  close(): void {
    this.#client.destroy();
  }
}
