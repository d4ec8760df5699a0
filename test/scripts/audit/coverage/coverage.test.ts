import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Unexercised, unexercised } from '../../../../lib/guardrails/unexercised';
import { readAuditedAssembly } from '../../../../scripts/audit/assembly/assembly';
import { goneFromRecord, staleReasons, unexplained } from '../../../../scripts/audit/coverage/coverage';
import { type Grants, grantsOf } from '../../../../scripts/audit/coverage/grants';
import { assemblyDirectory } from '../../../support/assembly';
import { readExercised } from '../../../support/exercised';
import { allVariants } from '../../../support/variants';

const root = path.resolve(__dirname, '../../../..');
const exercised = readExercised();
let variants: Grants[];

beforeAll(async () => {
  variants = await Promise.all(
    allVariants().map(({ name }) => grantsOf(readAuditedAssembly(assemblyDirectory(name)))),
  );
});

test('every grant of every role is used by a journey, or there for a reason that is written down', () => {
  // A journey uses it: npm run golden -- --journeys. Nothing uses it: remove the grant. AWS uses it, or only
  // a fault does: lib/guardrails/unexercised.ts.
  expect(unexplained(variants, exercised)).toEqual([]);
});

test('what journeys are recorded to use is still granted', () => {
  // Otherwise: npm run golden -- --journeys.
  expect(goneFromRecord(variants, exercised)).toEqual([]);
});

test('no reason is left for a grant that is gone, or that a journey uses by now', () => {
  expect(staleReasons(variants, exercised)).toEqual([]);
});

test.each(unexercised.map((entry) => [`${entry.role}: ${entry.grant}`, entry] as const))(
  'the reason for %s is a sentence, and the test that it names exists',
  (_name, { reason, test: file }) => {
    expect(reason).toMatch(/^[A-Z].{30,}\.$/s);
    if (file) expect(existsSync(path.join(root, file))).toBe(true);
  },
);

describe('on purpose', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'landfall-grants-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** The grants of an assembly whose template has been changed. */
  async function changed(
    stack: string,
    change: (resources: Record<string, unknown>) => void,
  ): Promise<Grants> {
    const copy = mkdtempSync(path.join(directory, 'assembly-'));
    cpSync(assemblyDirectory('prod-documents'), copy, { recursive: true });
    const file = path.join(copy, `landfall-prod-${stack}.template.json`);
    const template = JSON.parse(readFileSync(file, 'utf8'));
    change(template.Resources);
    writeFileSync(file, JSON.stringify(template));
    return grantsOf(readAuditedAssembly(copy));
  }

  const come = (more: Grants): string[] => {
    const before = unexplained(variants, exercised);
    return unexplained([more], exercised).filter((grant) => !before.includes(grant));
  };

  test('a grant that is added to a role has neither a journey nor a reason', async () => {
    const more = await changed('api', (resources) => {
      // biome-ignore lint/suspicious/noExplicitAny: templates are JSON
      const policies = Object.values(resources) as any[];
      const policy = policies.find(
        ({ Type, Properties }) => Type === 'AWS::IAM::Policy' && /documents/i.test(Properties.PolicyName),
      );
      policy.Properties.PolicyDocument.Statement.push({
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:ListBucket'],
        Resource: ['arn:aws:s3:::somewhere', 'arn:aws:s3:::somewhere/*'],
      });
    });
    expect(come(more)).toEqual([
      'api/documents/FunctionRole: s3:GetObject arn:aws:s3:::somewhere/*',
      'api/documents/FunctionRole: s3:ListBucket arn:aws:s3:::somewhere',
    ]);
  });

  test('a new role has neither, whatever it may do', async () => {
    const more = await changed('jobs', (resources) => {
      resources.Backdoor = {
        Type: 'AWS::IAM::Role',
        Properties: {
          Policies: [
            { PolicyDocument: { Statement: { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' } } },
          ],
          ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
        },
      };
    });
    expect(come(more)).toEqual([
      'jobs/Backdoor: managed policy ReadOnlyAccess',
      'jobs/Backdoor: sqs:SendMessage *',
    ]);
  });

  test('a grant that is removed leaves its record and its reason behind', () => {
    const [first] = variants as [Grants];
    const without = { ...first, grants: [] };
    const used = { 'api/x/FunctionRole': { 's3:GetObject *': 'documents' } };
    const reasons: Unexercised[] = [{ role: 'api/x/*', grant: '*', reason: 'Nobody.' }];
    expect(goneFromRecord([without], used)).toEqual(['api/x/FunctionRole: s3:GetObject *']);
    expect(staleReasons([without], {}, reasons)).toEqual(reasons);
  });
});
