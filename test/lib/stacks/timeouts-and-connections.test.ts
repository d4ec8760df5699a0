import { readFileSync } from 'node:fs';
import path from 'node:path';
import { statementSeconds } from '../../../lambdas/shared/connection';
import { functionsInVpc } from '../../../lib/config/rules/addresses';
import { connectionsPerEnvironment } from '../../../lib/constructs/connection-budget';
import { integrationTimeoutSeconds } from '../../../lib/constructs/contract-api';
import { maxConnections } from '../../../lib/constructs/instance-class';
import { contractsOf } from '../../../lib/contracts';
import { resourcesOf, templatesOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

const functionsOf = (variant: string) =>
  Object.values(templatesOf(variant)).flatMap((template) => resourcesOf(template, 'AWS::Lambda::Function'));
/** Functions that hold connections at any time; the migrations connect once, as the owner, during a deployment. */
const connected = (variant: string) =>
  functionsOf(variant).filter(([, { Properties }]) => Properties.Environment?.Variables?.DATABASE_USER);

const source = (file: string) => readFileSync(path.resolve(__dirname, '../../../lambdas', file), 'utf8');
const sqlSeconds = Number(
  /alter role app set statement_timeout = '(\d+)s'/.exec(source('migrations/bootstrap.ts'))?.[1],
);
const triggerSqlSeconds = Number(
  /alter role identity set statement_timeout = '(\d+)s'/.exec(source('migrations/bootstrap.ts'))?.[1],
);

test.each(allVariants())(
  'in $name, SQL gives up before its function, and that before API Gateway',
  (variant) => {
    const { name } = variant;
    expect(sqlSeconds).toBeGreaterThan(0);
    // Where functions log in as somebody else, and become the role.
    expect(statementSeconds).toBe(sqlSeconds);
    for (const { domain, timeoutSeconds, routes } of contractsOf(variant)) {
      const deployed = functionsOf(name).find(([id]) =>
        id.startsWith(`${domain.replaceAll('-', '')}Function`),
      );
      expect(deployed?.[1].Properties.Timeout).toBe(timeoutSeconds);
      expect(timeoutSeconds).toBeLessThan(integrationTimeoutSeconds);
      if (routes.some(({ uses }) => uses.some((use) => 'database' in use))) {
        expect(sqlSeconds).toBeLessThan(timeoutSeconds);
      }
    }
  },
);

test.each(allVariants())(
  'in $name, SQL gives up before the trigger that waits for it',
  ({ name, blueprint }) => {
    const triggers = connected(name).filter(
      ([, { Properties }]) => Properties.Environment.Variables.DATABASE_USER === 'identity',
    );
    expect(triggers.length > 0).toBe(blueprint.identity === 'cognito');
    expect(triggerSqlSeconds).toBeGreaterThan(0);
    for (const [, { Properties }] of triggers) {
      expect(triggerSqlSeconds).toBeLessThan(Properties.Timeout);
    }
  },
);

test.each(allVariants())(
  'in $name, the addresses of as many functions are counted as there are',
  (variant) => {
    const inVpc = functionsOf(variant.name).filter(([, { Properties }]) => Properties.VpcConfig);
    expect(functionsInVpc(variant)).toHaveLength(inVpc.length);
  },
);

test.each(allVariants().filter(({ blueprint }) => blueprint.database === 'rds'))(
  'in $name, all functions together hold their share of the connections of the database, and no more',
  ({ name, environment }) => {
    const [instance] = Object.values(templatesOf(name)).flatMap((template) =>
      resourcesOf(template, 'AWS::RDS::DBInstance'),
    );
    const limit = maxConnections(instance?.[1].Properties.DBInstanceClass.replace('db.', ''));
    const functions = connected(name);
    expect(functions.length).toBeGreaterThanOrEqual(6);

    const used = functions.reduce((sum, [, { Properties }]) => {
      expect(Properties.ReservedConcurrentExecutions).toBeGreaterThan(0);
      return sum + Properties.ReservedConcurrentExecutions * connectionsPerEnvironment;
    }, 0);
    // One that nobody may use would be throttled requests for nothing.
    expect(used).toBe(Math.floor(limit * environment.api.databaseConnectionShare));
  },
);

test.each(allVariants())(
  'in $name, functions that connect live in private subnets of two zones',
  ({ name }) => {
    for (const [, { Properties }] of connected(name)) {
      expect(Properties.VpcConfig.SubnetIds).toHaveLength(2);
      expect(JSON.stringify(Properties.VpcConfig.SubnetIds)).toMatch(/private/i);
    }
  },
);
