import { environments } from '../../../lib/config/environments';
import {
  all,
  environmentWith,
  type Properties,
  statefulStacks,
  templateOf,
} from '../../support/stateful-stacks';

const groups = (name: string): Properties[] => {
  const { network, database, cache } = statefulStacks(
    environmentWith(name, {
      network: {
        egress: 'nat-gateway',
        interfaceEndpoints: ['secretsmanager'],
        databaseAccess: 'instance-connect',
      },
    }),
  );
  return [network, database, cache].flatMap((stack) => all(templateOf(stack), 'AWS::EC2::SecurityGroup'));
};

test.each(Object.keys(environments))(
  'no group in %s keeps the rule that EC2 gives to groups without an outbound rule of their own',
  (name) => {
    expect(groups(name).length).toBeGreaterThan(6);
    for (const { GroupDescription, SecurityGroupEgress = [] } of groups(name)) {
      expect([GroupDescription, SecurityGroupEgress.length]).not.toEqual([GroupDescription, 0]);
    }
  },
);

test.each(Object.keys(environments))('what a group in %s sends to everybody is TLS at most', (name) => {
  for (const rule of groups(name).flatMap(({ SecurityGroupEgress }) => SecurityGroupEgress)) {
    const everybody = ['0.0.0.0/0', '::/0'].includes(rule.CidrIp ?? rule.CidrIpv6);
    expect([everybody, everybody ? rule.ToPort : undefined]).toEqual([
      everybody,
      everybody ? 443 : undefined,
    ]);
  }
});

test.each(['none', 'ipv6', 'nat-instance', 'nat-gateway'] as const)(
  'with egress %s nobody outside the VPC may open a connection to anything in it',
  (egress) => {
    const { network, database, cache } = statefulStacks(
      environmentWith('prod', { network: { egress, interfaceEndpoints: ['secretsmanager'] } }),
    );
    for (const template of [network, database, cache].map(templateOf)) {
      const rules = [
        ...all(template, 'AWS::EC2::SecurityGroup').flatMap(
          ({ SecurityGroupIngress = [] }) => SecurityGroupIngress,
        ),
        ...all(template, 'AWS::EC2::SecurityGroupIngress'),
      ];
      for (const { CidrIp, CidrIpv6, SourceSecurityGroupId } of rules) {
        expect(CidrIpv6).toBeUndefined();
        expect(CidrIp ?? '10.2.').toMatch(/^10\.2\./);
        expect(CidrIp ?? SourceSecurityGroupId).toBeDefined();
      }
    }
  },
);
