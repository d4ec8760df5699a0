import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AccessRequest, Decision, StatementAt } from '../../../lib/iam/access';
import { AccessRecord, readRecord } from '../../../scripts/local/access-record';

const role = 'arn:aws:iam::000000000000:role/documents';
const bucket = 'arn:aws:s3:::documents';

const request = (action: string, resource: string): AccessRequest => ({
  caller: { kind: 'role', arn: role },
  action,
  resource,
});

const allowed = (
  statement: StatementAt['statement'],
  place: Partial<Omit<StatementAt, 'statement'>> = {},
): Decision => ({
  effect: 'allow',
  by: [{ policy: 'storage.Policy', index: 2, kind: 'identity', ...place, statement }],
});

describe('the record of accesses', () => {
  test('a use names the statement, the action as written and the place of the resource', () => {
    const record = new AccessRecord('cdk.out');
    record.add(
      request('s3:getobject', `${bucket}/users/1`),
      allowed({
        Action: ['s3:PutObject', 's3:GetObject'],
        Resource: [`${bucket}/quarantine/*`, `${bucket}/users/*`],
      }),
    );
    expect(record.uses).toEqual([
      {
        caller: role,
        kind: 'identity',
        policy: 'storage.Policy',
        index: 2,
        granted: 's3:GetObject',
        resourceIndex: 1,
        action: 's3:getobject',
        resource: `${bucket}/users/1`,
      },
    ]);
  });

  test('a thousand objects under one pattern are one use', () => {
    const record = new AccessRecord('cdk.out');
    for (let object = 0; object < 1000; object += 1) {
      record.add(
        request('s3:GetObject', `${bucket}/users/${object}`),
        allowed({ Action: 's3:GetObject', Resource: `${bucket}/*` }),
      );
    }
    expect(record.uses).toHaveLength(1);
  });

  test('a wildcard has a use for each action that it allowed', () => {
    const record = new AccessRecord('cdk.out');
    for (const action of ['kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:ReEncryptTo']) {
      record.add(request(action, 'key'), allowed({ Action: 'kms:ReEncrypt*', Resource: 'key' }));
    }
    expect(record.uses.map(({ granted, action }) => [granted, action])).toEqual([
      ['kms:ReEncrypt*', 'kms:ReEncryptFrom'],
      ['kms:ReEncrypt*', 'kms:ReEncryptTo'],
    ]);
  });

  test('two patterns that both fit are both used', () => {
    const record = new AccessRecord('cdk.out');
    record.add(
      request('s3:GetObject', `${bucket}/users/1`),
      allowed({ Action: 's3:GetObject', Resource: [`${bucket}/*`, `${bucket}/users/*`, `${bucket}/else/*`] }),
    );
    expect(record.uses.map(({ resourceIndex }) => resourceIndex)).toEqual([0, 1]);
  });

  test('a pattern with a policy variable is used although its text does not fit', () => {
    const record = new AccessRecord('cdk.out');
    record.add(
      request('s3:GetObject', `${bucket}/users/1`),
      allowed({
        Action: 's3:GetObject',
        Resource: [`${bucket}/else/*`, `${bucket}/users/\${aws:username}`],
      }),
    );
    expect(record.uses.map(({ resourceIndex }) => resourceIndex)).toEqual([1]);
  });

  test('denials say where a statement would be needed, or which policies deny', () => {
    const record = new AccessRecord('cdk.out');
    const implicit: Decision = { effect: 'deny', reason: 'implicit', missing: 'identity' };
    record.add(request('s3:GetObject', bucket), implicit);
    record.add(request('s3:GetObject', bucket), implicit);
    record.add(
      { caller: { kind: 'anonymous' }, action: 's3:GetObject', resource: bucket },
      {
        effect: 'deny',
        reason: 'explicit',
        by: [{ policy: 'storage.BucketPolicy', index: 0, kind: 'resource', statement: { Effect: 'Deny' } }],
      },
    );
    expect(record.denials).toEqual([
      { caller: role, action: 's3:GetObject', resource: bucket, reason: 'implicit', where: 'identity' },
      {
        caller: 'anonymous',
        action: 's3:GetObject',
        resource: bucket,
        reason: 'explicit',
        where: 'storage.BucketPolicy',
      },
    ]);
  });

  test('a caller that is denied without end does not fill the memory', () => {
    const record = new AccessRecord('cdk.out');
    for (let object = 0; object < 2000; object += 1) {
      record.add(request('s3:GetObject', `${bucket}/${object}`), {
        effect: 'deny',
        reason: 'implicit',
        missing: 'identity',
      });
    }
    expect(record.denials).toHaveLength(1000);
  });

  describe('on disk', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'landfall-record-'));
    const file = path.join(directory, 'iam', 'record.json');
    const template = path.join(directory, 'landfall-local-api.template.json');
    beforeEach(() => writeFileSync(template, '{"Resources":{}}'));
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    const saved = async () => {
      const record = new AccessRecord(directory);
      record.add(request('s3:GetObject', bucket), allowed({ Action: 's3:*', Resource: '*' }));
      record.add(request('s3:PutObject', bucket), {
        effect: 'deny',
        reason: 'implicit',
        missing: 'identity',
      });
      await record.save(file);
      return record;
    };

    test('it comes back as it was', async () => {
      const { uses, denials } = await saved();
      expect(readRecord(file)).toMatchObject({ version: 1, assembly: directory, uses, denials });
    });

    test('the next run of the same templates goes on with it', async () => {
      const { uses, denials } = await saved();
      const next = new AccessRecord(directory);
      next.resume(file);
      next.add(request('s3:GetObject', bucket), allowed({ Action: 's3:*', Resource: '*' }));
      expect(next.uses).toEqual(uses);
      expect(next.denials).toEqual(denials);
    });

    test('a run of other templates begins anew', async () => {
      await saved();
      writeFileSync(template, '{"Resources":{"Other":{}}}');
      const next = new AccessRecord(directory);
      next.resume(file);
      expect([next.uses, next.denials]).toEqual([[], []]);
    });

    test('the first run finds nothing to go on with', () => {
      const first = new AccessRecord(directory);
      first.resume(path.join(directory, 'nothing.json'));
      expect(first.uses).toEqual([]);
    });

    test('another file is refused', () => {
      writeFileSync(file, '{"version":2}');
      expect(() => readRecord(file)).toThrow(/expected a record of version 1, found 2/);
    });
  });
});
