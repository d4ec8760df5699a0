/** A message as SQS keeps it, and the digests by which clients check that it arrived whole. */
import { createHash } from 'node:crypto';

export interface AttributeValue {
  /** `String`, `Number` or `Binary`, each with a label of the sender's own after a dot. */
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  /** Base64. */
  readonly BinaryValue?: string | undefined;
}

export type MessageAttributes = Readonly<Record<string, AttributeValue>>;

export interface Message {
  readonly id: string;
  /** Name of the queue it is in. */
  readonly queue: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** Milliseconds since 1970; a move to the dead-letter queue keeps it. */
  readonly sent: number;
  readonly senderId: string;
  readonly traceHeader?: string | undefined;
  /** ARN of the queue whose redrive policy moved it here. */
  readonly deadLetterSource?: string | undefined;
}

/** What deliveries change. */
export interface DeliveryState {
  /** Milliseconds since 1970: from then on consumers are given it. */
  readonly visibleAt: number;
  readonly receives: number;
  readonly firstReceived?: number | undefined;
  /** Part of the receipt handle of the last delivery. */
  readonly receipt?: string | undefined;
  /**
   * An event source of this runtime has it, and nobody has said since how long: when the runtime is gone, so is the
   * function that works on it.
   */
  readonly inEventSource?: true | undefined;
}

export interface Held {
  readonly message: Message;
  state: DeliveryState;
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** Digest over names, types and values in the order of the names, each with its length, as AWS documents it. */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (data: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    hash.update(length).update(data);
  };
  for (const name of names) {
    const { DataType, StringValue, BinaryValue } = attributes[name] as AttributeValue;
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    const binary = DataType.startsWith('Binary');
    hash.update(Buffer.from([binary ? 2 : 1]));
    add(binary ? Buffer.from(BinaryValue ?? '', 'base64') : Buffer.from(StringValue ?? ''));
  }
  return hash.digest('hex');
}

/** What counts against the largest message: the body, and names, types and values of the attributes. */
export function sizeOf(body: string, attributes: MessageAttributes): number {
  let size = Buffer.byteLength(body);
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes))
    size +=
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      (StringValue === undefined ? 0 : Buffer.byteLength(StringValue)) +
      (BinaryValue === undefined ? 0 : Buffer.byteLength(BinaryValue, 'base64'));
  return size;
}
