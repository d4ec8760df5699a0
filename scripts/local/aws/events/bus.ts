/** The default event bus of EventBridge: which rules an event matches, and its delivery to their targets. */
import { randomUUID } from 'node:crypto';
import type { Authorizer } from '../authorization';
import { AwsError } from '../errors';
import type { BackgroundEvents } from '../lambda/background-events';
import { isAllowed, onBehalfOf } from '../service-calls';
import type { SqsEngine } from '../sqs/engine';
import type { MessageAttributes } from '../sqs/message';
import { attributeText } from '../sqs/message-rules';
import type { Queue } from '../sqs/queue-directory';
import { deniedOnQueue } from '../sqs/service-access';
import type { Matcher } from './pattern';

/** What a service or a program puts on the bus. */
export interface BusEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: unknown;
  /** ARNs. @default none */
  readonly resources?: readonly string[];
  /** ISO 8601. @default now */
  readonly time?: string;
}

export interface Target {
  readonly id: string;
  /** Of a queue or a function. */
  readonly arn: string;
  /** @default an event that cannot be delivered is dropped */
  readonly deadLetterArn?: string | undefined;
  /** What the target gets of an event. @default the event */
  readonly input?: (event: object) => unknown;
}

export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly matches: Matcher;
  readonly targets: readonly Target[];
}

export interface EventBusOptions {
  readonly region: string;
  readonly accountId: string;
  readonly clock: () => number;
  readonly sqs: SqsEngine;
  readonly lambdaEvents: BackgroundEvents;
  readonly hasFunction: (arn: string) => boolean;
  readonly authorize: Authorizer;
  /** Told of events that no target took: what somebody at the terminal should see. */
  readonly report: (line: string) => void;
}

export class EventBus {
  private readonly rules = new Map<string, Rule>();

  constructor(readonly options: EventBusOptions) {}

  get arn(): string {
    const { region, accountId } = this.options;
    return `arn:aws:events:${region}:${accountId}:event-bus/default`;
  }

  addRule(rule: Rule): void {
    this.rules.set(rule.name, rule);
  }

  /**
   * Resolves with the event's id when every target has the event durably.
   * Nothing is left to be done in the background: whoever was answered can rely on the delivery.
   */
  async publish(event: BusEvent): Promise<string> {
    const { region, accountId, clock } = this.options;
    const id = randomUUID();
    const envelope = {
      version: '0',
      id,
      'detail-type': event['detail-type'],
      source: event.source,
      account: accountId,
      // Whole seconds, as EventBridge has it.
      time: (event.time ?? new Date(clock()).toISOString()).replace(/\.\d+Z$/, 'Z'),
      region,
      resources: event.resources ?? [],
      detail: event.detail,
    };
    const matching = [...this.rules.values()].filter(({ matches }) => matches(envelope));
    await Promise.all(
      matching.flatMap((rule) => rule.targets.map((target) => this.deliver(rule, target, envelope))),
    );
    return id;
  }

  private async deliver(rule: Rule, target: Target, event: object): Promise<void> {
    const { sqs, lambdaEvents, hasFunction } = this.options;
    const input = target.input ? target.input(event) : event;
    try {
      if (target.arn.split(':')[2] === 'sqs') {
        const queue = sqs.queue(target.arn);
        await this.demandQueue(rule, queue);
        await sqs.send(queue, [{ body: JSON.stringify(input) }]);
      } else {
        await this.demandFunction(rule, target.arn);
        if (!hasFunction(target.arn))
          throw new AwsError('ResourceNotFoundException', `Function not found: ${target.arn}`, 404);
        await lambdaEvents.accept(target.arn, input, randomUUID());
      }
    } catch (error) {
      // What is no refusal is a fault of this machine, such as a full disk: whoever published must learn of it.
      if (!(error instanceof AwsError)) throw error;
      await this.giveUp(rule, target, input, error);
    }
  }

  private caller(rule: Rule) {
    const conditions = onBehalfOf(rule.arn, this.options.accountId);
    return { principal: 'events.amazonaws.com', conditions };
  }

  /** @throws AwsError when the policy of the queue, or of its key, does not let the rule send to it */
  private async demandQueue(rule: Rule, queue: Queue): Promise<void> {
    const denied = await deniedOnQueue(this.options.authorize, queue, 'SendMessage', this.caller(rule));
    if (denied !== undefined) throw noPermission(rule, denied, queue.arn);
  }

  /** @throws AwsError when the policy of the function does not let the rule invoke it */
  private async demandFunction(rule: Rule, resource: string): Promise<void> {
    const action = 'lambda:InvokeFunction';
    if (!(await isAllowed(this.options.authorize, { ...this.caller(rule), action, resource })))
      throw noPermission(rule, action, resource);
  }

  /** Repeating would not help: neither a missing target nor a missing permission comes back by itself. */
  private async giveUp(rule: Rule, target: Target, input: unknown, error: AwsError): Promise<void> {
    const { sqs, report } = this.options;
    const code = error.code === 'NO_PERMISSIONS' ? error.code : 'RESOURCE_NOT_FOUND';
    const text = (value: string) => ({ DataType: 'String', StringValue: attributeText(value) });
    const attributes: MessageAttributes = {
      ERROR_CODE: text(code),
      ERROR_MESSAGE: text(error.message),
      RULE_ARN: text(rule.arn),
      TARGET_ARN: text(target.arn),
    };
    const { deadLetterArn } = target;
    if (deadLetterArn === undefined) {
      report(`rule ${rule.name}: an event could not be delivered to ${target.arn}: ${error.message}`);
      return;
    }
    const queue = sqs.queue(deadLetterArn);
    try {
      await this.demandQueue(rule, queue);
    } catch (denied) {
      if (!(denied instanceof AwsError)) throw denied;
      report(
        `rule ${rule.name}: an event could not be delivered to ${target.arn} (${error.message}) and is lost, because the rule may not send it to the dead-letter queue ${queue.name}.`,
      );
      return;
    }
    await sqs.send(queue, [{ body: JSON.stringify(input), attributes }]);
    report(
      `rule ${rule.name}: an event could not be delivered to ${target.arn} (${error.message}) and is in the dead-letter queue ${queue.name} now.`,
    );
  }
}

const noPermission = (rule: Rule, action: string, resource: string) =>
  new AwsError('NO_PERMISSIONS', `${rule.arn} may not ${action} ${resource}.`, 403);
