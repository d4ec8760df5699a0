import { terminalLine } from '../../../../scripts/local/lambda/terminal-line';

test('errors of a function reach the terminal in one line, everything else stays in the log', () => {
  const structured = {
    level: 'ERROR',
    message: 'request failed',
    error: { name: 'TypeError', message: 'no such thing' },
  };
  expect(terminalLine('documents', JSON.stringify(structured))).toBe(
    '  documents ERROR request failed (TypeError: no such thing)',
  );
  expect(terminalLine('documents', 'ERROR Sandbox.Timedout: Task timed out')).toContain(
    'documents ERROR Sandbox',
  );
  for (const line of ['plain text', '{"level":"INFO","message":"m"}', '{not json', '{}']) {
    expect(terminalLine('documents', line)).toBeUndefined();
  }
});
