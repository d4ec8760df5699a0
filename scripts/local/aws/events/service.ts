/** The EventBridge API, as far as programs publish events: PutEvents. */
import * as z from 'zod';
import type { Principals } from '../authentication';
import { AwsError } from '../errors';
import { JsonService, operation } from '../json-service';
import type { EventBus } from './bus';

const entry = z.strictObject({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  Resources: z.array(z.string()).optional(),
  /** Seconds since 1970. */
  Time: z.number().optional(),
  EventBusName: z.string().optional(),
  // It belongs to X-Ray.
  TraceHeader: z.string().optional(),
});

type Entry = z.infer<typeof entry>;

/** Of one entry, since 2026; of all of a call before. */
const MAX_CALL = 1024 ** 2;

export function eventsService(bus: EventBus, principals: Principals): JsonService {
  return new JsonService({
    name: 'events',
    target: 'AWSEvents.',
    invalidCode: 'ValidationException',
    principals,
    region: bus.options.region,
    // What JSON adds around and inside of it.
    limit: 2 * MAX_CALL,
    operations: {
      PutEvents: operation({
        input: z.object({ Entries: z.array(entry).min(1).max(10) }),
        authorize: (input) =>
          input.Entries.map(({ Source: source = '', DetailType: type = '', EventBusName: name }) => ({
            action: 'events:PutEvents',
            resource: arnOf(bus, name),
            conditions: { 'events:source': source, 'events:detail-type': type },
          })),
        run: async (input) => {
          const Entries: object[] = [];
          // One after the other, as they were put.
          for (const one of input.Entries) Entries.push(await put(bus, one));
          return { FailedEntryCount: Entries.filter((answer) => 'ErrorCode' in answer).length, Entries };
        },
      }),
    },
  });
}

function arnOf(bus: EventBus, name = 'default'): string {
  return name.startsWith('arn:') ? name : `${bus.arn.slice(0, bus.arn.lastIndexOf('/'))}/${name}`;
}

async function put(bus: EventBus, given: Entry): Promise<object> {
  try {
    const { Source: source, DetailType: type, Detail, Time: time, Resources: resources = [] } = given;
    if (!source || !type || Detail === undefined)
      throw new AwsError('InvalidArgument', 'Source, DetailType and Detail are required.');
    if (source.startsWith('aws.'))
      throw new AwsError('NotAuthorizedForSourceException', 'Not authorized for the source.');
    if (arnOf(bus, given.EventBusName) !== bus.arn)
      throw new AwsError('ResourceNotFoundException', `Event bus ${given.EventBusName} does not exist.`);
    const id = await bus.publish({
      source,
      'detail-type': type,
      detail: readDetail(Detail),
      resources,
      ...(time !== undefined && { time: new Date(time * 1000).toISOString() }),
    });
    return { EventId: id };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { ErrorCode: error.code, ErrorMessage: error.message };
  }
}

function readDetail(text: string): object {
  let detail: unknown;
  try {
    detail = JSON.parse(text);
  } catch {
    detail = undefined;
  }
  if (typeof detail === 'object' && detail !== null && !Array.isArray(detail)) return detail;
  throw new AwsError('MalformedDetail', 'Detail is malformed.');
}
