/**
 * What makes RDS Proxy keep a connection for one client until it leaves ("pinning"), and what would reach the next
 * client of a shared connection.
 */
import type { Traffic } from './statement-proxy';

const rules: Readonly<Record<string, RegExp>> = {
  'a setting': /^\s*(set|reset)\s/i,
  'a setting by function': /\bset_config\s*\(/i,
  notifications: /^\s*(listen|unlisten)\b/i,
  'a statement prepared by name': /^\s*(prepare|execute|deallocate)\s/i,
  'discarded state': /^\s*discard\s/i,
  'a cursor': /^\s*declare\s/i,
  'a library': /^\s*load\s/i,
  'a temporary object': /\b(temp|temporary)\s+(table|view|sequence)\b|\binto\s+(local\s+)?temp|\bpg_temp\./i,
  'a lock of the session': /\bpg_(try_)?advisory_(lock|unlock)/i,
  'the position of a sequence': /\b(nextval|setval|currval|lastval)\s*\(/i,
};

/** Longer texts pin as well. */
const longestStatement = 16 * 1024;

/** What a client may say about itself when it connects. */
const plainParameters = new Set(['user', 'database', 'client_encoding', 'application_name']);

/** One line for each statement or start that would pin. */
export function pinning({ startups, statements }: Traffic): string[] {
  return [
    ...startups
      .flatMap((parameters) => Object.entries(parameters))
      .filter(([name]) => !plainParameters.has(name))
      .map(([name, value]) => `a session that starts with ${name}=${value}`),
    ...statements.flatMap(({ text, name }) => [
      ...(name === '' ? [] : [`a statement named ${name}: ${text}`]),
      ...(text.length > longestStatement ? [`a statement of ${text.length} characters`] : []),
      ...Object.entries(rules)
        .filter(([, pattern]) => pattern.test(text))
        .map(([what]) => `${what}: ${text}`),
    ]),
  ];
}

/** The same in source code, where statements begin behind a quotation mark, in lower case: prose does not. */
export function pinningInSource(source: string): string[] {
  const code = source.replace(/\/\*.*?\*\/|(?<=^|\s)\/\/.*?$/gms, '');
  const texts = code
    .split(/['"`]/)
    .slice(1)
    .filter((text) => !/^\s*[A-Z]/.test(text));
  return pinning({ startups: [], statements: texts.map((text) => ({ text, name: '' })) });
}
