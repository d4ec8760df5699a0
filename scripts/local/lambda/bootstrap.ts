/**
 * Runs inside a function's own process: loads the handler as Lambda's Node.js runtime does and answers one
 * event at a time over the IPC channel. Compiled alone (see `bootstrap-file.ts`): it imports Node only.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

export interface InvokeMessage {
  readonly requestId: string;
  readonly event: unknown;
  readonly deadlineMs: number;
  readonly functionArn: string;
  readonly traceId: string;
  readonly memoryMiB: number;
}

/** What Lambda answers an invocation that failed. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly requestId: string; readonly payload: unknown }
  | { readonly kind: 'error'; readonly requestId: string | null; readonly error: FunctionError };

type Handler = (
  event: unknown,
  context: unknown,
  callback: (error: unknown, result?: unknown) => void,
) => unknown;

// Handlers must not find the channel to their host: Lambda has none.
const channel = process.send?.bind(process);
Object.defineProperty(process, 'send', { value: undefined });
const send = (message: WorkerMessage) => channel?.(message);

// The host died, even by kill -9: nobody would ever end this process.
process.on('disconnect', () => process.exit(0));

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

function load(): Handler {
  const [file = '', ...path] = (process.env._HANDLER ?? '').split('.');
  const load = createRequire(join(process.cwd(), 'package.json'));
  let found: unknown = load(join(process.cwd(), file));
  for (const name of path) found = (found as Record<string, unknown> | undefined)?.[name];
  if (typeof found !== 'function') throw new Error(`${process.env._HANDLER} is undefined or not exported`);
  return found as Handler;
}

function contextOf(message: InvokeMessage) {
  const name = process.env.AWS_LAMBDA_FUNCTION_NAME;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: name,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: message.functionArn,
    memoryLimitInMB: String(message.memoryMiB),
    awsRequestId: message.requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, message.deadlineMs - Date.now()),
  };
}

async function invoke(handler: Handler, message: InvokeMessage): Promise<void> {
  const { requestId } = message;
  process.env._X_AMZN_TRACE_ID = message.traceId;
  try {
    const payload = await new Promise((resolve, reject) => {
      const callback = (error: unknown, result?: unknown) => (error ? reject(error) : resolve(result));
      const returned = handler(message.event, contextOf(message), callback);
      // A handler without a callback parameter answers by what it returns.
      if (handler.length < 3 || returned instanceof Promise) resolve(returned);
    });
    send({ kind: 'result', requestId, payload: payload === undefined ? null : payload });
  } catch (error) {
    send({ kind: 'error', requestId, error: describe(error) });
  }
}

try {
  const handler = load();
  process.on('message', (message: InvokeMessage) => void invoke(handler, message));
  send({ kind: 'ready' });
} catch (error) {
  send({ kind: 'error', requestId: null, error: describe(error) });
}
