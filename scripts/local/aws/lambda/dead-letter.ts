/** What Lambda puts into a function's dead-letter queue: the event as it came, and why it is there. */
import type { NewMessage } from '../sqs/engine';
import { attributeText } from '../sqs/message-rules';
import type { DeadEvent } from './background-events';

export const deadLetterOf = ({ event, requestId, errorMessage }: DeadEvent): NewMessage => ({
  body: JSON.stringify(event),
  attributes: {
    RequestID: { DataType: 'String', StringValue: requestId },
    // The HTTP status of the invocation, not of the function: it ran.
    ErrorCode: { DataType: 'Number', StringValue: '200' },
    ErrorMessage: { DataType: 'String', StringValue: attributeText(errorMessage) },
  },
});
