import { show } from '../fault';
import type { Rule } from './rule';

export const providerRules: readonly Rule[] = [
  {
    rule: 'a proxy stands only in front of RDS',
    reads: ['environment.database.proxy', 'blueprint.database'],
    check: ({ environment: { database }, blueprint }) => {
      if (blueprint.database === 'rds' || !database.proxy) return [];
      return [
        {
          path: 'environment.database.proxy',
          found: 'true, with an external database',
          expected: 'false: RDS Proxy connects to RDS only',
          fix: 'Set environment.database.proxy to false, or blueprint.database to "rds".',
        },
      ];
    },
  },
  {
    // The other way round is no fault: an environment serves several blueprints, and a migration names the
    // secret before it flips the word.
    rule: 'an external database has a secret with its URL',
    reads: ['environment.database.externalSecretName', 'blueprint.database'],
    check: ({ environment: { database }, blueprint }) => {
      if (blueprint.database !== 'external' || database.externalSecretName) return [];
      return [
        {
          path: 'environment.database.externalSecretName',
          found: show(database.externalSecretName),
          expected: 'the name of a Secrets Manager secret that holds {"url": "postgresql://..."}',
          fix: 'Create the secret in the account and region of the environment and write its name here, or set blueprint.database to "rds".',
        },
      ];
    },
  },
  {
    rule: 'an external database can be reached',
    reads: ['environment.network.egress', 'blueprint.database'],
    check: ({ environment: { network }, blueprint }) => {
      if (blueprint.database !== 'external' || network.egress !== 'none') return [];
      return [
        {
          path: 'environment.network.egress',
          found: '"none", with an external database',
          expected:
            'a way out of the VPC: "ipv6" when the database has an IPv6 address, else "nat-instance" or "nat-gateway"',
          fix: 'Choose an egress, or set blueprint.database to "rds".',
        },
      ];
    },
  },
  {
    rule: 'functions that read a secret can reach Secrets Manager',
    reads: ['environment.network.egress', 'environment.network.interfaceEndpoints', 'blueprint.database'],
    check: ({ environment: { network }, blueprint }) => {
      if (blueprint.database !== 'rds' || network.egress !== 'none') return [];
      if (network.interfaceEndpoints.includes('secretsmanager')) return [];
      return [
        {
          path: 'environment.network.interfaceEndpoints',
          found: `${show(network.interfaceEndpoints)}, with egress "none"`,
          expected: 'an endpoint for secretsmanager: migrations run in the VPC and read the owner secret',
          fix: 'Add "secretsmanager" to environment.network.interfaceEndpoints, or choose another egress.',
        },
      ];
    },
  },
  {
    rule: 'an external identity provider is named',
    reads: ['environment.auth.oidc', 'blueprint.identity'],
    check: ({ environment: { auth }, blueprint }) => {
      if (blueprint.identity !== 'oidc' || auth.oidc) return [];
      return [
        {
          path: 'environment.auth.oidc',
          found: 'nothing',
          expected: 'an object with issuer and audience',
          fix: 'Add the issuer as in its tokens\' `iss` claim and the audience as in `aud`, or set blueprint.identity to "cognito".',
        },
      ];
    },
  },
];
