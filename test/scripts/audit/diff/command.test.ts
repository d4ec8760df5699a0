import { diffCommand, renderDifferences } from '../../../../scripts/audit/diff/command';
import { diffReports } from '../../../../scripts/audit/diff/reports';
import { auditCommand } from '../../../../scripts/audit/main';
import { assemblyDirectory } from '../../../support/assembly';
import { smallReport, statement } from '../../../support/audit-report';
import { ChangedAssemblies } from '../../../support/changed-assembly';

const assemblies = new ChangedAssemblies('prod-platform');
afterAll(() => assemblies.remove());
const unchanged = assemblyDirectory('prod-platform');

async function compare(before: string, after: string) {
  const printed: string[] = [];
  const code = await diffCommand([before, after], (text) => printed.push(text));
  return {
    code,
    lines: printed
      .join('\n')
      .split('\n')
      .filter((line) => /^[-+!] /.test(line)),
    text: printed.join('\n'),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON, and tests change everything in it
type Resources = Record<string, any>;

/** The only resource whose logical id begins like that and that has the type. */
function the(resources: Resources, type: string, start: string) {
  const found = Object.entries(resources).filter(([id, { Type }]) => Type === type && id.startsWith(start));
  if (found.length !== 1)
    throw new Error(`${found.length} resources ${type} begin with ${start}, expected one.`);
  return found[0]?.[1].Properties;
}

const policyOf = (resources: Resources, role: string) =>
  the(resources, 'AWS::IAM::Policy', `${role}DefaultPolicy`).PolicyDocument.Statement;
const statementFor = (statements: { Action: string | string[] }[], action: string) =>
  statements.find(({ Action }) => [Action].flat().includes(action)) as Resources;

interface Mutation {
  readonly stack: string;
  readonly change: (resources: Resources) => void;
  /** Lines of the comparison, the marks in front. */
  readonly says: readonly RegExp[];
}

const mutations: Readonly<Record<string, Mutation>> = {
  'an action more': {
    stack: 'api',
    change: (resources) => {
      const found = statementFor(policyOf(resources, 'accountFunctionRole'), 's3:GetObject');
      found.Action = ['s3:GetObject', 's3:DeleteObject'];
    },
    says: [
      /^\+ account function may now delete objects under exports\/\* in the documents bucket \(s3:DeleteObject; a wildcard\)$/,
    ],
  },
  'an action less': {
    stack: 'api',
    change: (resources) => {
      const found = statementFor(policyOf(resources, 'documentsFunctionRole'), 's3:DeleteObject');
      found.Action = found.Action.filter((action: string) => action !== 's3:DeleteObject');
    },
    says: [
      /^- documents function may no longer delete objects under .* in the documents bucket \(s3:DeleteObject\)$/,
    ],
  },
  'everything instead of one resource': {
    stack: 'api',
    change: (resources) => {
      statementFor(policyOf(resources, 'accountFunctionRole'), 'kms:Decrypt').Resource = '*';
    },
    says: [
      /^\+ account function may now decrypt with everything \(kms:Decrypt; a wildcard\), only through S3$/,
    ],
  },
  'all actions instead of one': {
    stack: 'api',
    change: (resources) => {
      statementFor(policyOf(resources, 'accountFunctionRole'), 's3:GetObject').Action = 's3:*';
    },
    says: [
      /^\+ account function may now do everything with objects under exports\/\* .* \(s3:\*; a wildcard\)$/,
    ],
  },
  'a trust without its conditions': {
    stack: 'api',
    change: (resources) => {
      delete the(resources, 'AWS::IAM::Role', 'CanaryRole').AssumeRolePolicyDocument.Statement[0].Condition;
    },
    says: [
      /^\+ CodeDeploy may become canary role \(sts:AssumeRole\): without the condition "only on behalf of .*" now$/,
    ],
  },
  'somebody else who may become a role': {
    stack: 'api',
    change: (resources) => {
      const [trust] = the(resources, 'AWS::IAM::Role', 'accountFunctionRole').AssumeRolePolicyDocument
        .Statement;
      trust.Principal.AWS = 'arn:aws:iam::999999999999:root';
    },
    says: [/^\+ .*999999999999.* may now become account function \(sts:AssumeRole\)$/],
  },
  'no denial of unencrypted connections': {
    stack: 'storage',
    change: (resources) => {
      the(resources, 'AWS::S3::BucketPolicy', 'DocumentsPolicy').PolicyDocument.Statement.shift();
    },
    says: [
      /^\+ nothing denies anybody any more to do anything with .* \(s3:\*\) by the policy of the documents bucket, .+$/,
    ],
  },
  'a bucket that everybody reads': {
    stack: 'storage',
    change: (resources) => {
      the(resources, 'AWS::S3::BucketPolicy', 'DocumentsPolicy').PolicyDocument.Statement.push({
        ...{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject' },
        Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Documents7E5B2978', 'Arn'] }, '/*']] },
      });
    },
    says: [/^\+ anybody may now read .* \(s3:GetObject; a wildcard\) by the policy of the documents bucket$/],
  },
  'a function that anybody may call': {
    stack: 'api',
    change: (resources) => {
      const permission = the(resources, 'AWS::Lambda::Permission', 'ApiInvokeaccount');
      permission.Principal = '*';
    },
    says: [/^\+ anybody may now call the account function .* by the policy of the account function, .+$/],
  },
  'a permission for every API': {
    stack: 'api',
    change: (resources) => {
      delete the(resources, 'AWS::Lambda::Permission', 'ApiInvokeaccount').SourceArn;
    },
    says: [
      /^\+ API Gateway may call the account function \(lambda:InvokeFunction\) by the policy of the account function: without the condition .* now$/,
    ],
  },
  'a route that asks nobody': {
    stack: 'api',
    change: (resources) => {
      const method = the(resources, 'AWS::ApiGateway::Method', 'ApimeGET');
      method.AuthorizationType = 'NONE';
      delete method.AuthorizerId;
    },
    says: [
      /^\+ GET \/me of the API: the caller is checked by: nobody is asked; before: .+$/,
      /^\+ GET \/me without an authorizer \(api\/.*\) can now be reached by anybody on the internet$/,
    ],
  },
  'an open database': {
    stack: 'database',
    change: (resources) => {
      the(resources, 'AWS::EC2::SecurityGroup', 'DatabaseSecurityGroup').SecurityGroupIngress = [
        { CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432 },
      ];
    },
    says: [
      /^\+ database security group \(database\/.*\) now accepts connections from the internet \(0\.0\.0\.0\/0\) on tcp 5432$/,
    ],
  },
  'a database that can be deleted': {
    stack: 'database',
    change: (resources) => {
      the(resources, 'AWS::RDS::DBInstance', 'DatabaseInstance').DeletionProtection = false;
    },
    says: [/^! database\/Database\/Instance: deletion protection is now "off", before "on"/],
  },
  'a database that goes with its stack': {
    stack: 'database',
    change: (resources) => {
      const [database] = Object.values(resources).filter(({ Type }) => Type === 'AWS::RDS::DBInstance');
      database.DeletionPolicy = 'Delete';
    },
    says: [/^! database\/Database\/Instance: DeletionPolicy is now "Delete", before "Retain"$/],
  },
  'an unencrypted queue': {
    stack: 'processing',
    change: (resources) => {
      const [queue] = Object.values(resources).filter(({ Type }) => Type === 'AWS::SQS::Queue');
      delete queue.Properties.KmsMasterKeyId;
      queue.Properties.SqsManagedSseEnabled = false;
    },
    says: [/^! processing\/.*: encryption is now "none.*", before "our own.*"$/],
  },
  'a role without use any more': {
    stack: 'network',
    change: (resources) => {
      for (const [id, { Type }] of Object.entries(resources))
        if (Type.startsWith('AWS::IAM') && id.startsWith('FlowLogsRole')) delete resources[id];
    },
    says: [/^- flow logs role \(network\/FlowLogs\/.*\) is gone$/],
  },
  'a role more': {
    stack: 'network',
    change: (resources) => {
      resources.Intruder = {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Statement: [
              { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } },
            ],
          },
          Policies: [
            {
              PolicyName: 'All',
              PolicyDocument: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
            },
          ],
        },
      };
    },
    says: [
      /^\+ intruder.* \(network\/.*\) is new, and nothing here runs as it$/i,
      /^\+ intruder.* may now do everything with everything \(\*; a wildcard\)$/i,
      /^\+ EC2 may now become intruder.* \(sts:AssumeRole\)$/i,
    ],
  },
  'a boundary': {
    stack: 'api',
    change: (resources) => {
      the(resources, 'AWS::IAM::Role', 'accountFunctionRole').PermissionsBoundary =
        'arn:aws:iam::111111111111:policy/b';
    },
    says: [
      /^- account function \(api\/.*\) now has the permissions boundary arn:aws:iam::111111111111:policy\/b$/,
    ],
  },
};

test.each(Object.entries(mutations))(
  '%s is said, and said the other way round when it goes',
  async (_name, { stack, change, says }) => {
    const changed = assemblies.template(stack, change);
    const { code, lines } = await compare(unchanged, changed);
    expect(code).toBe(3);
    for (const line of says) expect(lines).toContainEqual(expect.stringMatching(line));
    const back = await compare(changed, unchanged);
    expect(back.code).toBe(3);
    const turned: Readonly<Record<string, string>> = { '+': '-', '-': '+', '!': '!' };
    const marks = (all: readonly string[], turn = false) =>
      all.map(([mark = '']) => (turn ? turned[mark] : mark)).sort();
    // A role that is new is said with all it may do, one that is gone in one line.
    expect(new Set(marks(back.lines))).toEqual(new Set(marks(lines, true)));
  },
);

test('an acknowledgement more is said with its reason', async () => {
  const changed = assemblies.file('storage.metadata.json', (metadata) => {
    const place = Object.keys(metadata).find((path) => path.endsWith('/Documents/Resource')) ?? '';
    metadata[place].push({
      type: 'landfall:acknowledgements',
      data: [
        {
          ...{ id: 'AwsSolutions::AwsSolutions-S1', rule: 'AwsSolutions-S1', reason: 'Nobody looks at it.' },
          ...{ owner: 'data', date: '2026-11-26' },
        },
      ],
    });
  });
  const { code, lines } = await compare(unchanged, changed);
  expect(code).toBe(3);
  expect(lines).toEqual(['+ AwsSolutions-S1 at storage/Documents is now accepted: Nobody looks at it.']);
});

test('the same assembly has no difference, nor has one that only has another name', async () => {
  const same = await compare(unchanged, unchanged);
  expect(same).toMatchObject({ code: 0, lines: [] });
  expect(same.text).toContain('Nothing changes');
  expect(await compare(unchanged, assemblies.renamed('preview'))).toMatchObject({ code: 0, lines: [] });
});

test('npm run audit -- diff is this comparison', async () => {
  const printed: string[] = [];
  expect(await auditCommand(['diff', unchanged, unchanged], (text) => printed.push(text))).toBe(0);
  expect(printed.join()).toContain('Nothing changes');
});

test('the same permissions divided into other statements are no difference', async () => {
  const changed = assemblies.template('api', (resources) => {
    const statements = policyOf(resources, 'documentsFunctionRole');
    const found = statementFor(statements, 's3:DeleteObject');
    const actions: string[] = found.Action;
    statements.splice(statements.indexOf(found), 1);
    for (const Action of actions.toReversed())
      for (const Resource of [found.Resource].flat().toReversed())
        statements.unshift({ ...found, Action, Resource });
  });
  expect(await compare(unchanged, changed)).toMatchObject({ code: 0, lines: [] });
});

test('what a wildcard allowed before is nothing new when it is named, and the wildcard is what goes', () => {
  const [role] = smallReport().principals;
  const report = (actions: string[]) =>
    smallReport({
      principals: role
        ? [{ ...role, statements: [statement({ id: 'a#0', actions, targets: everything, words: '' })] }]
        : [],
    });
  const everything = [{ words: 'the queue photos', arn: 'arn:aws:sqs:::photos' }];
  const named = diffReports(report(['sqs:*']), report(['sqs:SendMessage', 'sqs:ReceiveMessage']));
  expect(named).toEqual([
    {
      section: 'What principals may do',
      direction: 'narrower',
      words: 'documents function may no longer do everything with the queue photos (sqs:*)',
    },
  ]);
  const all = diffReports(report(['sqs:SendMessage']), report(['sqs:*']));
  expect(all.map(({ direction }) => direction)).toEqual(['wider']);
});

test('more denied is narrower, and a condition on a denial is wider', () => {
  const [role] = smallReport().principals;
  const report = (conditions: readonly string[] | undefined) =>
    smallReport({
      principals: role
        ? [
            {
              ...role,
              statements: conditions
                ? [
                    statement({
                      ...{ id: 'a#0', effect: 'Deny', actions: ['s3:GetObject'], words: '', conditions },
                      targets: [{ words: 'the bucket documents', arn: 'arn:aws:s3:::documents' }],
                    }),
                  ]
                : [],
            },
          ]
        : [],
    });
  const directions = (...[before, after]: Parameters<typeof diffReports>) =>
    diffReports(before, after).map(({ direction }) => direction);
  expect(directions(report(undefined), report([]))).toEqual(['narrower']);
  expect(directions(report([]), report(undefined))).toEqual(['wider']);
  expect(directions(report([]), report(['only at night']))).toEqual(['wider']);
  expect(directions(report(['only at night']), report([]))).toEqual(['narrower']);
  expect(directions(report(['only at night']), report(['only by day']))).toEqual(['changed']);
});

test('a name cannot break out of its block, and an endless comparison is cut', () => {
  const words = `\`\`\`\n# heading ${'x'.repeat(70_000)}`;
  const page = renderDifferences([{ section: 'Network', direction: 'wider', words }], 'prod', 60_000);
  expect(page.split('\n').filter((line) => line.startsWith('````'))).toHaveLength(2);
  expect(page).not.toMatch(/^# heading/m);
  expect(page).toMatch(/\.\.\. cut, \d+ more characters/);
});

test('wrong usage and folders without an assembly have codes of their own', async () => {
  const error = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  expect(await diffCommand([])).toBe(2);
  expect(await diffCommand(['a', 'b', 'c'])).toBe(2);
  expect(await diffCommand(['a', '--most', 'few'])).toBe(2);
  expect(error).toHaveBeenCalledWith(expect.stringContaining('Exit codes'));
  error.mockRestore();
  await expect(diffCommand(['/nowhere', unchanged])).rejects.toThrow(/no assembly/);
});
