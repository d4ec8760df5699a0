import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Statement } from '../../../../lib/iam/policy';
import { coverageCommand, textOf } from '../../../../scripts/audit/coverage/command';
import { isCovered, type RoleCoverage } from '../../../../scripts/audit/coverage/coverage';
import { AccessRecord } from '../../../../scripts/local/access-record';
import { generatedName } from '../../../../scripts/local/deployment';
import { assemblyDirectory, resourcesOf, templateOf } from '../../../support/assembly';

const directory = mkdtempSync(path.join(tmpdir(), 'landfall-coverage-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const variant = 'local-documents';
const stack = 'landfall-local-api';

/** A statement of the policy of the function of health, as the local runtime would find it used. */
function recorded(): AccessRecord {
  const api = templateOf(variant, 'api');
  const idIn = (type: string): string => {
    const [[id] = ['']] = resourcesOf(api, type).filter(([found]) => found.startsWith('health'));
    return id;
  };
  const [roleId, policyId] = [idIn('AWS::IAM::Role'), idIn('AWS::IAM::Policy')];
  const record = new AccessRecord(assemblyDirectory(variant));
  const caller = {
    kind: 'role',
    session: 'health',
    arn: `arn:aws:iam::1:role/${generatedName(stack, roleId)}`,
  } as const;
  const logs = api.Resources[policyId]?.Properties.PolicyDocument.Statement[0] as Statement;
  record.add(
    { caller, action: 'logs:PutLogEvents', resource: 'arn:aws:logs:us-east-1:1:log-group:x:log-stream:y' },
    {
      effect: 'allow',
      by: [
        { policy: `${stack}.${policyId}`, index: 0, kind: 'identity', statement: { ...logs, Resource: '*' } },
      ],
    },
  );
  record.add(
    { caller, action: 's3:GetObject', resource: 'arn:aws:s3:::x/y' },
    { effect: 'deny', reason: 'implicit', missing: 'identity' },
  );
  return record;
}

const run = async (...args: string[]) => {
  const printed: string[] = [];
  const code = await coverageCommand(args, (text) => printed.push(text));
  return { code, text: printed.join('\n') };
};

test('a record of a run says what each role used and what was denied', async () => {
  const file = path.join(directory, 'record.json');
  await recorded().save(file);
  const { code, text } = await run('--record', file, '--json');
  const health = (JSON.parse(text) as RoleCoverage[]).find(({ role }) => role === 'api/health/FunctionRole');
  expect(health?.used).toEqual([
    { grant: expect.stringMatching(/^logs:PutLogEvents .*\$\{api\/health\/FunctionLogs\}:\*$/), by: [] },
  ]);
  expect(health?.denied).toEqual([
    {
      caller: 'api/health/FunctionRole',
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::x/y',
      where: 'identity',
    },
  ]);
  expect(code).toBe(3);
});

test('a record of templates that have changed since is refused', async () => {
  const assembly = path.join(directory, 'assembly');
  mkdirSync(assembly);
  const template = path.join(assembly, 'landfall-local-api.template.json');
  writeFileSync(template, '{}');
  const file = path.join(directory, 'old.json');
  await new AccessRecord(assembly).save(file);
  writeFileSync(template, '{"Resources":{}}');
  await expect(run('--record', file)).rejects.toThrow('expected the templates');
});

test('an unknown blueprint is refused with the ones there are', async () => {
  await expect(run('nothing')).rejects.toThrow(/platform/);
});

test('more than one blueprint is wrong usage, and says how it is used', async () => {
  const said = jest.spyOn(console, 'error').mockImplementation();
  expect((await run('platform', 'documents')).code).toBe(2);
  expect(said).toHaveBeenCalledWith(expect.stringContaining('npm run audit -- coverage'));
  said.mockRestore();
});

describe('the list for people', () => {
  const role = { role: 'api/x/FunctionRole', used: [{ grant: 'a:B c', by: ['documents'] }], denied: [] };
  const unused = { grant: 'a:D c' };
  const reason = 'AWS uses it in a way that nothing here can.';

  test('names journeys, reasons and their tests, and counts', () => {
    const text = textOf([{ ...role, neverUsed: [{ ...unused, reason, test: 'test/x.test.ts' }] }]);
    expect(text).toBe(
      [
        'api/x/FunctionRole: 1 of 2 grants used',
        '  used        a:B c (documents)',
        '  never used  a:D c',
        `              ${reason} (test/x.test.ts)`,
        '',
        '1 roles, 2 grants: 1 used, 1 never used for a reason, 0 never used without one, 0 accesses denied.',
      ].join('\n'),
    );
  });

  test('shouts what has no reason', () => {
    expect(textOf([{ ...role, neverUsed: [unused] }])).toContain('NEVER USED  a:D c');
  });

  test('only something unexplained or denied is a failure', () => {
    const denied = [{ caller: 'api/x/FunctionRole', action: 'a:B', resource: 'c', where: 'identity' }];
    expect(isCovered([{ ...role, neverUsed: [{ ...unused, reason }] }])).toBe(true);
    expect(isCovered([{ ...role, neverUsed: [unused] }])).toBe(false);
    expect(isCovered([{ ...role, neverUsed: [], denied }])).toBe(false);
  });
});
