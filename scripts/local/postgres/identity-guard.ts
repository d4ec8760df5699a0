import { literal, message, readCString, type } from './protocol';

/**
 * The engine's session was opened by its superuser, who may become anybody. A client that went back to "its"
 * original identity would be that superuser, and row-level security would be gone without a word. So the statements
 * that do that answer as they would for a role that is no superuser.
 */
const SET_IDENTITY =
  /\b(?:re)?set\s+(?:(?:session|local)\s+)?session[\s_]+authorization\b|\bset_config\s*\(\s*'session_authorization'/i;
const DISCARD_ALL = /\bdiscard\s+all\b/i;

/** The message, or one that raises the error the client is to get in its place. */
export function keepIdentity(original: Buffer): Buffer {
  if (original[0] === type.query) {
    const sql = refusal(readCString(original, 5).value);
    return sql === undefined ? original : message(type.query, sql);
  }
  if (original[0] === type.parse) {
    const { value: name, end } = readCString(original, 5);
    const sql = refusal(readCString(original, end).value);
    return sql === undefined ? original : message(type.parse, name, sql, Buffer.alloc(2));
  }
  return original;
}

function refusal(sql: string): string | undefined {
  if (SET_IDENTITY.test(sql)) return raise('42501', 'permission denied to set session authorization');
  if (DISCARD_ALL.test(sql)) {
    return raise(
      '0A000',
      'DISCARD ALL is not supported by the embedded engine; use RESET ALL and DEALLOCATE ALL',
    );
  }
  return undefined;
}

function raise(code: string, text: string): string {
  return `do $refusal$ begin raise exception using errcode = ${literal(code)}, message = ${literal(text)}; end $refusal$`;
}
