/** The thread that files are read in: bundled as a file of its own beside the function that starts it. */
import { parentPort } from 'node:worker_threads';
import { ExtractionError } from './failure';
import type { Answer, Message, Order } from './messages';
import { read } from './read';

parentPort?.on('message', async ({ bytes, format, limits }: Order) => {
  send(await answer(Buffer.from(bytes), format, limits));
});
send('ready');

function send(message: Message): void {
  parentPort?.postMessage(message);
}

async function answer(bytes: Buffer, format: Order['format'], limits: Order['limits']): Promise<Answer> {
  try {
    return { text: await read(bytes, format, limits) };
  } catch (error) {
    if (!(error instanceof ExtractionError)) throw error;
    return { failure: error.code, message: error.message };
  }
}
