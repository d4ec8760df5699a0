import { type Command, exit, type Shell, UsageError } from '../migrate/command';
import { findQueue } from './find-queue';
import { parseOptions } from './options';
import { Queues } from './queue';
import { redrive } from './run';
import { asJson, asText } from './summary';

const help = `npm run landfall -- redrive <queue> [options]

Lists the messages that a worker gave up, with the reason. --execute moves them back to the queue they came from, where
they are handled anew: also those whose file has failed for good. A message is sent before it is deleted, so nothing is
lost when the command is stopped or killed; at worst a message is handled twice, which workers do not mind. A second run
moves what is still there. Looking hides messages from others for up to two minutes and counts as receiving them.

  <queue>               name of a worker, such as documents-worker, or the URL of its queue
  --environment <name>  whose queues; read from the outputs of its deployment
  --outputs <file>      default: outputs.<environment>.json; of \`npm start\`: http://localhost:3000/_landfall/outputs.json

  --reason <code>       only dead letters with this reason, such as crashed, internal or unavailable; none for those
                        that SQS itself moved or EventBridge could not deliver
  --limit <number>      how many at most (10,000)
  --execute             move them
  --json                print the summary as JSON

AWS credentials as for every AWS client. They need sqs:GetQueueAttributes and sqs:SendMessage on the queue, and
sqs:ReceiveMessage, sqs:ChangeMessageVisibility and sqs:DeleteMessage on its dead letters.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

async function main(args: readonly string[], { stdout, stderr, interrupted }: Shell): Promise<number> {
  const options = parseOptions(args);
  const source = options.deployment ? findQueue(options.queue, options.deployment) : options.queue;
  const queues = new Queues();
  try {
    const deadLetters = await queues.deadLettersOf(source);
    if (deadLetters === undefined) {
      throw new UsageError(
        `${options.queue} has no dead letters of its own (no RedrivePolicy): name the queue that they came from.`,
      );
    }
    const log = (line: string) => stderr.write(`${line}\n`);
    const clock = () => new Date();
    const result = await redrive({ queues, source, deadLetters, clock, log, interrupted }, options);
    const summary = {
      queue: options.queue,
      source,
      deadLetters,
      execute: options.execute,
      now: clock(),
      redrive: result,
    };
    stdout.write(`${options.json ? asJson(summary) : asText(summary)}\n`);
    return result.interrupted ? exit.interrupted : exit.done;
  } finally {
    queues.close();
  }
}

export const command: Command = { help, main };
