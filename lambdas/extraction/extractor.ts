import path from 'node:path';
import type { Content } from '../shared/object-store';
import { ExtractionError } from './failure';
import type { Format } from './formats';
import { defaultLimits, type ExtractionLimits } from './limits';
import type { ExtractedText } from './read';
import { ReaderThread, ThreadDied } from './reader-thread';

export interface Extractor {
  /**
   * Throws an ExtractionError when the file is at fault, and anything else (a part that could not be fetched, the
   * signal's reason) when it is not. Files of one extractor are read one after the other.
   */
  extract(
    content: Content,
    format: Format,
    limits?: Partial<ExtractionLimits>,
    signal?: AbortSignal,
  ): Promise<ExtractedText>;
  close(): Promise<void>;
}

export interface ExtractorOptions {
  /** The bundle of thread.ts. @default thread.js beside the running bundle */
  readonly threadFile?: string;
}

const partBytes = 8 * 1024 ** 2;

/**
 * Reads files in a thread of its own, which may hang, run out of memory or die without harm: it is ended, the file
 * gets its code, and the next file gets a new thread. Between good files the thread stays, so that libraries load once.
 */
export function openExtractor({
  threadFile = path.join(__dirname, 'thread.js'),
}: ExtractorOptions = {}): Extractor {
  let thread: ReaderThread | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const replace = async () => {
    await thread?.end();
    thread = undefined;
  };

  const readOnce = async (...[content, format, limits, signal]: Task): Promise<ExtractedText> => {
    const bytes = await fetchAll(content, limits.fileBytes, signal);
    thread ??= new ReaderThread(threadFile, limits.memoryBytes);
    try {
      return await thread.read({ bytes, format, limits }, signal);
    } finally {
      if (!thread.usable) await replace();
    }
  };

  const readFile = async (...task: Task): Promise<ExtractedText> => {
    const [, , limits] = task;
    if (thread && (!thread.usable || thread.memoryBytes !== limits.memoryBytes)) await replace();
    const used = thread !== undefined;
    try {
      return await readOnce(...task);
    } catch (error) {
      // An earlier file may have left its memory or a late error behind: this one deserves a thread of its own, once.
      if (!used || !(error instanceof ThreadDied)) throw error;
      return readOnce(...task);
    }
  };

  return {
    extract(content, format, limits, signal) {
      const turn = last.then(() => readFile(content, format, { ...defaultLimits, ...limits }, signal));
      last = turn.catch(() => undefined);
      return turn;
    },
    async close() {
      await last;
      await replace();
    },
  };
}

type Task = [content: Content, format: Format, limits: ExtractionLimits, signal: AbortSignal | undefined];

async function fetchAll(content: Content, limit: number, signal?: AbortSignal): Promise<ArrayBuffer> {
  signal?.throwIfAborted();
  if (content.size === 0) throw new ExtractionError('empty', 'It has no content.');
  if (content.size > limit) {
    throw new ExtractionError('too_large', `It has ${content.size} bytes; at most ${limit} are read.`);
  }
  const bytes = new ArrayBuffer(content.size);
  const target = Buffer.from(bytes);
  for (let at = 0; at < content.size; ) {
    const part = await content.read(at, partBytes);
    signal?.throwIfAborted();
    if (part.length === 0) throw new Error(`expected ${content.size} bytes, the object ended after ${at}`);
    part.copy(target, at);
    at += part.length;
  }
  return bytes;
}
