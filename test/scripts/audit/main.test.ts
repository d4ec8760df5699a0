import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { auditCommand } from '../../../scripts/audit/main';
import type { AuditReport } from '../../../scripts/audit/report';
import { assemblyDirectory } from '../../support/assembly';

let out: string;
let printed: string[];
const print = (text: string) => void printed.push(text);

beforeEach(() => {
  out = mkdtempSync(path.join(tmpdir(), 'landfall-audit-'));
  printed = [];
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterEach(() => {
  rmSync(out, { recursive: true });
  jest.restoreAllMocks();
});

const ofAssembly = (...more: string[]) =>
  auditCommand(['prod', '--assembly', assemblyDirectory('prod-platform'), '--out', out, ...more], print);

test('writes the report as JSON, Markdown and HTML, and says that nothing is open', async () => {
  expect(await ofAssembly('--today', '2026-11-27')).toBe(0);
  const report = JSON.parse(readFileSync(path.join(out, 'audit.json'), 'utf8')) as AuditReport;
  expect(report).toMatchObject({
    version: 1,
    environment: 'prod',
    blueprint: 'platform',
    region: 'us-east-1',
  });
  expect(readFileSync(path.join(out, 'audit.md'), 'utf8')).toMatch(
    /^# Audit of prod \(platform, us-east-1\)\n/,
  );
  expect(readFileSync(path.join(out, 'audit.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  expect(printed.join('\n')).toMatch(
    /^prod with platform: \d+ principals with \d+ statements, .*\n\d+ findings are accepted; nothing is open\n/,
  );
});

test('answers 3 when accepted findings are due for a review, and names them with who reviews them', async () => {
  expect(await ofAssembly('--today', '2030-01-01')).toBe(3);
  expect(printed.join('\n')).toMatch(
    / {2}AwsSolutions-\S+ at \S+: accepted on \d{4}-\d\d-\d\d, \w+ reviews it/,
  );
});

test('says how to use it', async () => {
  expect(await auditCommand(['--help'], print)).toBe(0);
  expect(printed.join('\n')).toContain(
    'Exit codes: 0 nothing is open, 1 could not be audited, 2 wrong usage, 3 ',
  );
});

test.each([
  ['without an environment', []],
  ['with two environments', ['prod', 'dev']],
  ['with a day that is none', ['prod', '--today', 'tomorrow']],
])('answers 2 %s, and reads nothing', async (_, args) => {
  expect(await auditCommand([...args, '--out', path.join(out, 'none')], print)).toBe(2);
  expect(existsSync(path.join(out, 'none'))).toBe(false);
});

test('an unknown flag is wrong usage', async () => {
  await expect(auditCommand(['prod', '--colour'], print)).rejects.toMatchObject({
    code: expect.stringMatching(/^ERR_PARSE_ARGS/),
  });
});

test('an environment that does not exist is answered with those that do, before anything is built', async () => {
  await expect(auditCommand(['production', '--out', out], print)).rejects.toThrow(/one of .*prod/);
});

test('a folder that is no assembly is refused with what to give instead', async () => {
  await expect(auditCommand(['prod', '--assembly', out, '--out', out], print)).rejects.toThrow(
    /is no assembly: it has no manifest\.json\. Give the folder that "npm run synth" wrote/,
  );
});
