/** Queues as the overview page lists them. */
import type { Held } from '../aws/sqs/message';
import type { Runtime } from '../running';
import type { ConsoleContext } from './context';

/** Dead letters shown of a queue. */
const shown = 20;
/** Attributes that say why a message is a dead letter: of the workers, of Lambda, of rules and schedules. */
const reasons = ['landfall-reason', 'ErrorMessage', 'ERROR_MESSAGE'];
const details = ['landfall-key', 'landfall-error', 'RULE_ARN', 'SCHEDULE_ARN', 'RequestID'];

export function queuesOf(
  { queues, functions }: Pick<Runtime, 'queues' | 'functions'>,
  context: ConsoleContext,
) {
  return queues.queues().map((queue) => {
    const source = context.declared.eventSources.find(({ queueArn }) => queueArn === queue.arn);
    return {
      name: queue.name,
      function: source ? functions.definition(source.functionArn).label : null,
      ...queues.counts(queue),
      deadLetters: source ? [] : queues.messages(queue).slice(-shown).reverse().map(deadLetter),
    };
  });
}

function deadLetter({ message, state }: Held) {
  const text = (names: readonly string[]) =>
    names.flatMap((name) => message.attributes[name]?.StringValue ?? []).join(', ');
  return {
    sent: new Date(message.sent).toISOString(),
    // Moved by the queue's own redrive policy: nobody said why.
    reason: text(reasons) || `received ${state.receives} times`,
    about: text(details) || message.body.slice(0, 200),
  };
}
