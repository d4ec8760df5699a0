/** What SQS refuses to take, in its own words. */
import { AwsError } from '../errors';
import { type MessageAttributes, sizeOf } from './message';

/** Bytes of one message, and of all messages of a batch. */
export const MAX_MESSAGE = 1024 ** 2;

const invalid = (reason: string): AwsError => new AwsError('InvalidParameterValue', reason);

// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are refused
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/** @throws AwsError MissingParameter, InvalidMessageContents, InvalidParameterValue */
export function checkMessage(body: string, attributes: MessageAttributes, largest: number): void {
  if (body === '')
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  checkAttributes(attributes);
  if (sizeOf(body, attributes) > largest)
    throw invalid(
      `One or more parameters are invalid. Reason: Message must be shorter than ${largest} bytes.`,
    );
  checkCharacters(body);
}

function checkCharacters(text: string): void {
  if (FORBIDDEN.test(text))
    throw new AwsError(
      'InvalidMessageContents',
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.',
    );
}

function checkAttributes(attributes: MessageAttributes): void {
  const entries = Object.entries(attributes);
  if (entries.length > 10)
    throw invalid(`Number of message attributes [${entries.length}] exceeds the allowed maximum [10].`);
  for (const [name, { DataType, StringValue, BinaryValue }] of entries) {
    if (!/^(?!\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/.test(name) || /^(?:aws|amazon)\./i.test(name))
      throw invalid(`Invalid attribute name ${name}: it must be 1 to 256 of A-Z, a-z, 0-9, "_", "-", ".".`);
    const kind = /^(String|Number|Binary)(?:\..+)?$/.exec(DataType)?.[1];
    if (!kind)
      throw invalid(
        `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
      );
    const value = kind === 'Binary' ? BinaryValue : StringValue;
    const other = kind === 'Binary' ? StringValue : BinaryValue;
    if (value === undefined || value === '' || other !== undefined)
      throw invalid(`The message attribute '${name}' must contain a non-empty value of type '${kind}'.`);
    if (kind === 'Number' && !Number.isFinite(Number(value)))
      throw invalid(`Can't cast the value of message attribute '${name}' to a number.`);
    if (kind !== 'Binary') checkCharacters(value);
  }
}

/** Text that SQS takes as the value of an attribute, whatever an error message holds. */
export function attributeText(text: string, bytes = 1024): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are replaced
  const clean = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ' ');
  // A character that is cut in two would become a replacement character, which is longer.
  const cut = Buffer.from(clean)
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
  return cut === '' ? '-' : cut;
}
