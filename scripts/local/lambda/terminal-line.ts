/** What of a function's output belongs into the terminal: its errors, in one line. Everything else is in the log. */
export function terminalLine(label: string, line: string): string | undefined {
  if (line.startsWith('ERROR ')) return `  ${label} ${line}`;
  const { level, message, error } = parsed(line);
  if (level !== 'ERROR' && level !== 'CRITICAL') return undefined;
  const cause = error?.message ? ` (${error.name ?? 'Error'}: ${error.message})` : '';
  return `  ${label} ${level} ${message ?? ''}${cause}`;
}

interface StructuredLine {
  readonly level?: string;
  readonly message?: string;
  readonly error?: { readonly name?: string; readonly message?: string };
}

function parsed(line: string): StructuredLine {
  if (!line.startsWith('{')) return {};
  try {
    return JSON.parse(line) as StructuredLine;
  } catch {
    // A line that only looks like JSON.
    return {};
  }
}
