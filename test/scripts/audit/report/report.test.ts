import { holdsData } from '../../../../lib/guardrails/stateful';
import { buildReport } from '../../../../scripts/audit/report/build';
import type { AuditReport, StatementView } from '../../../../scripts/audit/report/report';
import { assemblyDirectory, type Resource, templatesOf } from '../../../support/assembly';
import { allVariants } from '../../../support/variants';

const reports = new Map<string, AuditReport>();
const reportOf = (variant: string): AuditReport => {
  const known = reports.get(variant) ?? buildReport(assemblyDirectory(variant));
  reports.set(variant, known);
  return known;
};

const statementsOf = ({ principals, resourcePolicies }: AuditReport): StatementView[] => [
  ...principals.flatMap(({ trust, statements }) => [...trust, ...statements]),
  ...resourcePolicies.flatMap(({ statements }) => statements),
];

/** Every resource of a variant, as its templates have it. */
const resourcesIn = (variant: string): Resource[] =>
  Object.values(templatesOf(variant)).flatMap(({ Resources }) => Object.values(Resources));

const count = (variant: string, type: string) =>
  resourcesIn(variant).filter((resource) => resource.Type === type).length;

/** Statements of every policy document, wherever a template has one, without asking which property that is. */
function rawStatements(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + rawStatements(item), 0);
  if (typeof value !== 'object' || value === null) return 0;
  const { Version, Statement } = value as { Version?: unknown; Statement?: unknown };
  if (Version === '2012-10-17' && Statement) return [Statement].flat().length;
  return rawStatements(Object.values(value));
}

/** Rules of security groups, inline and alone. */
function rawRules(variant: string): number {
  const inline = resourcesIn(variant)
    .filter(({ Type }) => Type === 'AWS::EC2::SecurityGroup')
    .flatMap(({ Properties: { SecurityGroupIngress = [], SecurityGroupEgress = [] } }) => [
      ...SecurityGroupIngress,
      ...SecurityGroupEgress,
    ]);
  return (
    inline.length +
    count(variant, 'AWS::EC2::SecurityGroupIngress') +
    count(variant, 'AWS::EC2::SecurityGroupEgress')
  );
}

const variants = allVariants().map(({ name }) => name);

describe.each(variants)('the report of %s', (variant) => {
  it('has every statement of every template in exactly one place', () => {
    const report = reportOf(variant);
    const own = statementsOf(report).filter(({ id }) => !id.startsWith('arn:'));
    expect(new Set(own.map(({ id }) => id)).size).toBe(own.length);
    const raw = resourcesIn(variant).reduce((sum, { Properties }) => sum + rawStatements(Properties), 0);
    expect(own).toHaveLength(raw + count(variant, 'AWS::Lambda::Permission'));
  });

  it('says every statement in words that leave nothing to resolve', () => {
    const said = statementsOf(reportOf(variant)).map(({ words }) => words);
    expect(
      said.filter((words) => /\$\{|\{"|\[object|undefined|null|NaN|Fn::|Ref"|^ | {2}/.test(words)),
    ).toEqual([]);
  });

  it('has words of its own for every action of what runs', () => {
    const { principals } = reportOf(variant);
    const said = principals.filter(({ runs }) => runs.length > 0).flatMap(({ statements }) => statements);
    // What no phrase knows is said by the name of the action and, in brackets, of its service.
    expect(said.map(({ words }) => words).filter((words) => /\([a-z\d-]+\)/.test(words))).toEqual([]);
  });

  it('resolves every reference that a statement, a rule or a route makes', () => {
    const text = JSON.stringify(reportOf(variant));
    // References are by path: a logical id or an import that is left ends in eight hexadecimal digits.
    expect(text.match(/\$\{[^}]*(import |[0-9A-F]{8})[^}]*\}/g) ?? []).toEqual([]);
  });

  it('says what runs as each role', () => {
    const { principals } = reportOf(variant);
    expect(principals).toHaveLength(count(variant, 'AWS::IAM::Role'));
    // A role that an identity provider vouches for is used from elsewhere.
    const local = principals.filter(({ trust }) =>
      trust.some(({ principals: [who] }) => who?.endsWith('.amazonaws.com')),
    );
    expect(local.filter(({ runs }) => runs.length === 0).map(({ id }) => id)).toEqual([]);
  });

  it('has every route, rule, schedule, queue and custom resource among what starts something', () => {
    const { invocations } = reportOf(variant);
    const by = (name: string) => invocations.filter((one) => one.by === name).length;
    const authorizers = resourcesIn(variant).filter(
      ({ Type, Properties }) => Type === 'AWS::ApiGateway::Authorizer' && Properties.AuthorizerUri,
    );
    expect(by('apigateway.amazonaws.com')).toBe(
      count(variant, 'AWS::ApiGateway::Method') + authorizers.length,
    );
    expect(by('events.amazonaws.com')).toBe(count(variant, 'AWS::Events::Rule'));
    const from = (pattern: RegExp) => invocations.filter((one) => pattern.test(one.from)).length;
    expect(from(/ schedule: /)).toBe(count(variant, 'AWS::Scheduler::Schedule'));
    expect(from(/ queue$/)).toBe(count(variant, 'AWS::Lambda::EventSourceMapping'));
    expect(from(/^a deployment of [^,]+$/)).toBe(
      resourcesIn(variant).filter(({ Properties }) => Properties?.ServiceToken).length,
    );
  });

  it('explains every permission to call a function by a route, a trigger or a schedule', () => {
    const { invocations } = reportOf(variant);
    expect(invocations.filter(({ from }) => from.startsWith('permission '))).toEqual([]);
  });

  it('knows every route without an authorizer as a surface', () => {
    const { surfaces } = reportOf(variant);
    const open = resourcesIn(variant).filter(
      ({ Type, Properties }) =>
        Type === 'AWS::ApiGateway::Method' &&
        Properties.AuthorizationType === 'NONE' &&
        Properties.Integration.Type !== 'MOCK',
    );
    expect(surfaces.filter(({ what }) => what.endsWith('without an authorizer'))).toHaveLength(open.length);
    expect(surfaces.filter(({ what }) => what === 'bucket')).toHaveLength(count(variant, 'AWS::S3::Bucket'));
  });

  it('lets nobody of another account in, and of identity providers only GitHub', () => {
    const { surfaces } = reportOf(variant);
    const outside = surfaces.filter(({ reachableBy }) => /^(account|arn:|\d{12})/.test(reachableBy));
    expect(outside).toEqual([]);
    const vouched = surfaces.filter(({ what }) => what.startsWith('whoever '));
    expect(vouched.map(({ path }) => path)).toEqual(
      ['github', 'bounded'].includes(variant) ? ['deployment/GitHubRole'] : [],
    );
  });

  it('knows everything that holds data', () => {
    const { stateful } = reportOf(variant);
    const holding = resourcesIn(variant).filter(({ Type }) => holdsData.has(Type));
    expect(stateful).toHaveLength(holding.length);
    expect(stateful.filter(({ encryption, backup }) => !encryption || !backup)).toEqual([]);
  });

  it('has every rule of every security group, and somebody in each group', () => {
    const { network } = reportOf(variant);
    expect(network.rules).toHaveLength(rawRules(variant));
    expect(network.groups).toHaveLength(count(variant, 'AWS::EC2::SecurityGroup'));
    const paths = new Set(network.groups.map(({ path }) => path));
    const peers = network.rules.flatMap(({ from, to }) => [from, to]);
    expect(
      peers.filter(
        (peer) => !paths.has(peer) && !/^(the internet|nothing) \(|^[\d.]+\/\d+$|^[\da-f:]+\/\d+$/.test(peer),
      ),
    ).toEqual([]);
  });

  it('names nothing of the machine it was made on', () => {
    const text = JSON.stringify(reportOf(variant));
    expect(text).not.toContain(assemblyDirectory(variant));
    expect(text.match(/"[^"]*(\/work\/|\/home\/|\/Users\/\w+\/|\/tmp\/|node_modules)[^"]*"/g) ?? []).toEqual(
      [],
    );
  });
});
