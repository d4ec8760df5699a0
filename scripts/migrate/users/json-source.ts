import path from 'node:path';
import { FaultyFile, linesOf, longestRecord, type Piece, textOf, tooLong } from '../text-file';
import { readRecord, type SourceRecord } from './record';
import type { SourceUser, UserSource } from './user';

/** Users of a JSON file: one array of objects, or one object a line. */
export function jsonSource(file: string, now: number): UserSource {
  return { name: path.resolve(file), users: () => users(file, now) };
}

async function* users(file: string, now: number): AsyncGenerator<SourceUser> {
  const pieces = (await firstCharacter(file)) === '[' ? elementsOf(file) : linesOf(file);
  for await (const { text, line } of pieces)
    yield readRecord(parseRecord(file, line, text), `${path.basename(file)}, line ${line}`, now);
}

/** The name of a file does not tell: exports call both forms `.json`. */
async function firstCharacter(file: string): Promise<string> {
  for await (const text of textOf(file)) {
    const start = text.trimStart();
    if (start !== '') return start.charAt(0);
  }
  throw new FaultyFile(file, undefined, 'it is empty. Expected an array of users, or a user a line.');
}

function parseRecord(file: string, line: number, text: string): SourceRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message would quote the text, and with it the hash of a password.
    throw new FaultyFile(file, line, 'no valid JSON. Expected an array of users, or a user a line.');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new FaultyFile(file, line, 'expected an object with the columns of a user.');
  return value as SourceRecord;
}

/** The elements of a JSON array, one after the other, without holding more than one. @throws {FaultyFile} */
export async function* elementsOf(file: string): AsyncGenerator<Piece> {
  const scanner = new ArrayScanner(file);
  for await (const chunk of textOf(file)) yield* scanner.push(chunk);
  scanner.end();
}

/** Finds where elements begin and end; whether they are valid is the parser's business. */
class ArrayScanner {
  #state: 'before' | 'expecting element' | 'element' | 'after' = 'before';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #text = '';
  #line = 1;
  #startLine = 1;

  constructor(private readonly file: string) {}

  *push(chunk: string): Generator<Piece> {
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      const character = chunk[index] as string;
      if (character === '\n') this.#line++;
      if (this.#state === 'element') {
        if (!this.#endsElement(character)) continue;
        yield this.#take(chunk.slice(start, index));
        this.#state = character === ',' ? 'expecting element' : 'after';
      } else if (this.#begins(character)) {
        start = index;
      }
    }
    if (this.#state !== 'element') return;
    this.#text += chunk.slice(start);
    if (this.#text.length > longestRecord) throw new FaultyFile(this.file, this.#startLine, tooLong);
  }

  end(): void {
    if (this.#state !== 'after')
      throw new FaultyFile(this.file, this.#line, 'the file ends inside its array. Export it again.');
  }

  /** Whether an element starts here. */
  #begins(character: string): boolean {
    if (character.trim() === '') return false;
    if (this.#state === 'before') {
      // The caller has seen that it is the bracket.
      this.#state = 'expecting element';
      return false;
    }
    if (this.#state === 'after')
      throw new FaultyFile(this.file, this.#line, 'something follows the end of the array. Remove it.');
    if (character === ']') {
      this.#state = 'after';
      return false;
    }
    this.#state = 'element';
    this.#startLine = this.#line;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#endsElement(character);
    return true;
  }

  #endsElement(character: string): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (character === '\\') this.#escaped = true;
      else if (character === '"') this.#inString = false;
      return false;
    }
    if (character === '"') this.#inString = true;
    else if (character === '{' || character === '[') this.#depth++;
    else if (this.#depth > 0 && (character === '}' || character === ']')) this.#depth--;
    else if (this.#depth === 0 && (character === ',' || character === ']')) return true;
    return false;
  }

  #take(tail: string): Piece {
    const piece = { text: this.#text + tail, line: this.#startLine };
    this.#text = '';
    return piece;
  }
}
