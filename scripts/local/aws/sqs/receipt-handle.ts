/** Receipt handles: which delivery of which message of which queue. Opaque to callers, as on AWS. */
import { AwsError } from '../errors';
import type { Message } from './message';

interface Handle {
  readonly queue: string;
  readonly id: string;
  readonly receipt: string;
}

export const handleOf = ({ queue, id }: Message, receipt: string): string =>
  Buffer.from(`${queue} ${id} ${receipt}`).toString('base64');

export function readHandle(text: string): Handle | undefined {
  const [queue, id, receipt, more] = Buffer.from(text, 'base64').toString('utf8').split(' ');
  if (!queue || !id || !receipt || more !== undefined) return undefined;
  return { queue, id, receipt };
}

export const invalidHandle = (text: string): AwsError =>
  new AwsError('ReceiptHandleIsInvalid', `The input receipt handle "${text}" is not a valid receipt handle.`);
