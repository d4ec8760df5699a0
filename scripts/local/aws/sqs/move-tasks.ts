/** StartMessageMoveTask: takes the messages out of a dead-letter queue, back to where they came from or elsewhere. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../errors';
import type { SqsEngine } from './engine';
import type { Queue } from './queue-directory';

interface MoveTask {
  readonly TaskHandle: string;
  readonly SourceArn: string;
  readonly DestinationArn?: string | undefined;
  readonly ApproximateNumberOfMessagesToMove: number;
  readonly StartedTimestamp: number;
  Status: 'RUNNING' | 'COMPLETED' | 'FAILED';
  ApproximateNumberOfMessagesMoved: number;
  FailureReason?: string;
}

/** Tasks that a listing may show, as on AWS. */
const REMEMBERED = 10;

export class MoveTasks {
  private readonly tasks: MoveTask[] = [];

  constructor(private readonly engine: SqsEngine) {}

  /** A local queue is moved before the answer; the task only tells how that went. */
  async start(source: Queue, destinationArn: string | undefined): Promise<string> {
    const { engine } = this;
    if (!engine.queues().some(({ redrive }) => redrive?.deadLetterArn === source.arn))
      throw new AwsError('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.');
    const destination = destinationArn === undefined ? undefined : engine.queue(destinationArn);
    const now = engine.now();
    const held = engine.messages(source).filter(({ state }) => state.visibleAt <= now);
    const task: MoveTask = {
      TaskHandle: Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: source.arn })).toString(
        'base64',
      ),
      SourceArn: source.arn,
      DestinationArn: destinationArn,
      ApproximateNumberOfMessagesToMove: held.length,
      StartedTimestamp: now,
      Status: 'RUNNING',
      ApproximateNumberOfMessagesMoved: 0,
    };
    this.tasks.unshift(task);
    this.tasks.splice(REMEMBERED);
    for (const one of held) {
      const { message } = one;
      const to = destination ?? (message.deadLetterSource && engine.queue(message.deadLetterSource));
      if (!to) {
        // Sent to the dead-letter queue by a program: nothing says where it would belong.
        task.Status = 'FAILED';
        task.FailureReason = 'CouldNotDetermineMessageSource';
        return task.TaskHandle;
      }
      // A message of its own from here on: other id, other time. First sent, then removed, so that none is lost.
      await engine.send(to, [{ ...message, delaySeconds: 0 }]);
      await engine.remove([one]);
      task.ApproximateNumberOfMessagesMoved += 1;
    }
    task.Status = 'COMPLETED';
    return task.TaskHandle;
  }

  /** Newest first. AWS shows the handle of a task that runs, to cancel it; here none does any more. */
  list(source: Queue): readonly object[] {
    return this.tasks
      .filter(({ SourceArn }) => SourceArn === source.arn)
      .map(({ TaskHandle: _, ...shown }) => shown);
  }
}
