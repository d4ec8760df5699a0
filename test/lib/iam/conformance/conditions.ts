// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of policies are written like that
/** Operators of conditions, with what AWS documents about keys that are missing and keys with several values. */
import { type Case, type Group, iam, otherAccount, queue, role, tagged, when, whenDenied } from './case';

const operators = iam('reference_policies_elements_condition_operators');
const several = iam('reference_policies_condition-logic-multiple-context-keys-or-values');
const sets = iam('reference_policies_condition-single-vs-multi-valued-context-keys');
const setExamples = iam('reference_policies_condition_examples-multi-valued-context-keys');
const conditionPage = iam('reference_policies_elements_condition');
const globalKeys = iam('reference_policies_condition-keys');
const grammar = iam('reference_policies_grammar');

type Values = string | readonly string[];
type Row = readonly [
  name: string,
  operator: string,
  wanted: unknown,
  actual: Values | undefined,
  holds: boolean | 'error',
];

/** Rows about one key. */
const rows = (source: string, key: string, table: readonly Row[]): Case[] =>
  table.map(([name, operator, wanted, actual, holds]) =>
    when(
      name,
      source,
      { [operator]: { [key]: wanted } },
      actual === undefined ? {} : { [key]: actual },
      holds,
    ),
  );

const strings: readonly Case[] = [
  ...rows(operators, 's3:prefix', [
    ['StringEquals holds for the same text', 'StringEquals', 'home/', 'home/', true],
    ['StringEquals has regard to case', 'StringEquals', 'home/', 'Home/', false],
    ['StringEquals knows no wildcards', 'StringEquals', 'home/*', 'home/a', false],
    ['StringEquals takes a star for a star', 'StringEquals', 'home/*', 'home/*', true],
    ['StringEquals does not hold without the key', 'StringEquals', 'home/', undefined, false],
    ['StringEquals holds for one of its values', 'StringEquals', ['', 'home/'], 'home/', true],
    ['StringEquals holds for empty text', 'StringEquals', ['', 'home/'], '', true],
    ['StringEqualsIgnoreCase has no regard to case', 'StringEqualsIgnoreCase', 'home/', 'HOME/', true],
    [
      'StringEqualsIgnoreCase does not hold for other text',
      'StringEqualsIgnoreCase',
      'home/',
      'homes/',
      false,
    ],
    ['StringNotEquals holds for other text', 'StringNotEquals', 'home/', 'away/', true],
    ['StringNotEquals does not hold for the same text', 'StringNotEquals', 'home/', 'home/', false],
    ['StringNotEquals holds without the key', 'StringNotEquals', 'home/', undefined, true],
    ['StringNotEquals holds for text in another case', 'StringNotEquals', 'home/', 'HOME/', true],
    [
      'StringNotEqualsIgnoreCase does not hold for text in another case',
      'StringNotEqualsIgnoreCase',
      'home/',
      'HOME/',
      false,
    ],
    [
      'StringNotEqualsIgnoreCase holds without the key',
      'StringNotEqualsIgnoreCase',
      'home/',
      undefined,
      true,
    ],
    ['StringLike with * holds for any text', 'StringLike', 'home/*', 'home/a/b', true],
    ['StringLike with * at the start holds', 'StringLike', '*.jpg', 'a/b.jpg', true],
    ['StringLike with ? holds for one character', 'StringLike', 'home/?', 'home/a', true],
    ['StringLike with ? does not hold for two characters', 'StringLike', 'home/?', 'home/ab', false],
    ['StringLike without wildcards is the whole text', 'StringLike', 'home', 'home/a', false],
    ['StringLike has regard to case', 'StringLike', 'home/*', 'Home/a', false],
    ['StringLike does not hold without the key', 'StringLike', '*', undefined, false],
    ['StringNotLike does not hold for text that fits', 'StringNotLike', 'home/*', 'home/a', false],
    ['StringNotLike holds for text that does not fit', 'StringNotLike', 'home/*', 'away/a', true],
    ['StringNotLike holds without the key', 'StringNotLike', 'home/*', undefined, true],
    ['a bracket in a pattern is a bracket', 'StringLike', '[a-z]*', 'b', false],
  ]),
  ...rows(several, 'aws:RequestTag/team', [
    [
      'StringNotEquals with several values holds when none is equal',
      'StringNotEquals',
      ['a', 'b'],
      'c',
      true,
    ],
    [
      'StringNotEquals with several values fails when one is equal',
      'StringNotEquals',
      ['a', 'b'],
      'b',
      false,
    ],
    ['StringNotLike with several values fails when one fits', 'StringNotLike', ['a*', 'b*'], 'bee', false],
  ]),
  when(
    'keys of one operator all have to match',
    several,
    { StringEquals: { 'aws:RequestTag/team': 'a', 'aws:RequestTag/stage': 'dev' } },
    { 'aws:RequestTag/team': 'a', 'aws:RequestTag/stage': 'prod' },
    false,
  ),
  when(
    'keys of one operator that all match hold',
    several,
    { StringEquals: { 'aws:RequestTag/team': 'a', 'aws:RequestTag/stage': 'dev' } },
    { 'aws:RequestTag/team': 'a', 'aws:RequestTag/stage': 'dev' },
    true,
  ),
  when(
    'operators all have to hold',
    several,
    { StringEquals: { 'aws:RequestTag/team': 'a' }, Bool: { 'aws:SecureTransport': 'true' } },
    { 'aws:RequestTag/team': 'a', 'aws:SecureTransport': 'false' },
    false,
  ),
  when(
    'department and role of the example may each be one of several',
    several,
    {
      StringEqualsIgnoreCase: {
        'aws:PrincipalTag/department': ['finance', 'hr', 'legal'],
        'aws:PrincipalTag/role': ['audit', 'security'],
      },
      StringEquals: { 'aws:PrincipalAccount': '111122223333' },
    },
    {},
    true,
    tagged({ department: 'HR', role: 'audit' }),
  ),
  when(
    'a principal of another account does not meet the example',
    several,
    { StringEquals: { 'aws:PrincipalAccount': '111122223333' } },
    {},
    false,
    { kind: 'role', arn: `arn:aws:iam::${otherAccount}:role/a` },
  ),
  when(
    'the name of a key has no case',
    conditionPage,
    { StringEquals: { 'AWS:sourceIP': '203.0.113.1' } },
    { 'aws:SourceIp': '203.0.113.1' },
    true,
  ),
  when(
    'the key of a tag has no case',
    conditionPage,
    { StringEquals: { 'aws:ResourceTag/TagKey1': 'Value1' } },
    { 'aws:ResourceTag/tagkey1': 'Value1' },
    true,
  ),
  when(
    'the value of a tag has case with StringEquals',
    conditionPage,
    { StringEquals: { 'aws:ResourceTag/TagKey1': 'Value1' } },
    { 'aws:ResourceTag/TagKey1': 'value1' },
    false,
  ),
];

const numbers: readonly Case[] = rows(operators, 's3:max-keys', [
  ['NumericEquals holds for the same number', 'NumericEquals', '10', '10', true],
  ['NumericEquals compares numbers and not texts', 'NumericEquals', '10', '10.0', true],
  ['NumericEquals takes a number of JSON', 'NumericEquals', 10, '10', true],
  ['NumericEquals does not hold without the key', 'NumericEquals', '10', undefined, false],
  ['NumericNotEquals holds for another number', 'NumericNotEquals', '10', '11', true],
  ['NumericNotEquals does not hold for the same number', 'NumericNotEquals', '10', '10', false],
  ['NumericNotEquals holds without the key', 'NumericNotEquals', '10', undefined, true],
  ['NumericLessThan does not hold for the same number', 'NumericLessThan', '10', '10', false],
  ['NumericLessThan compares numbers and not texts', 'NumericLessThan', '10', '9', true],
  ['NumericLessThanEquals holds for the same number', 'NumericLessThanEquals', '10', '10', true],
  ['NumericLessThanEquals does not hold above', 'NumericLessThanEquals', '10', '11', false],
  ['NumericLessThanEquals does not hold without the key', 'NumericLessThanEquals', '10', undefined, false],
  ['NumericGreaterThan holds above', 'NumericGreaterThan', '10', '100', true],
  ['NumericGreaterThan does not hold for the same number', 'NumericGreaterThan', '10', '10', false],
  ['NumericGreaterThanEquals holds for the same number', 'NumericGreaterThanEquals', '10', '10', true],
  ['NumericGreaterThanEquals does not hold below', 'NumericGreaterThanEquals', '10', '9', false],
  ['NumericLessThan takes decimals, as for the version of TLS', 'NumericLessThan', '1.2', '1.1', true],
  ['text is no number', 'NumericLessThan', 'ten', '9', 'error'],
]);

const dates: readonly Case[] = rows(operators, 'aws:TokenIssueTime', [
  ['DateGreaterThan holds after', 'DateGreaterThan', '2020-01-01T00:00:01Z', '2020-06-01T00:00:00Z', true],
  [
    'DateGreaterThan does not hold before',
    'DateGreaterThan',
    '2020-01-01T00:00:01Z',
    '2019-06-01T00:00:00Z',
    false,
  ],
  [
    'DateGreaterThan does not hold without the key',
    'DateGreaterThan',
    '2020-01-01T00:00:01Z',
    undefined,
    false,
  ],
  [
    'DateGreaterThan does not hold at that time',
    'DateGreaterThan',
    '2020-01-01T00:00:01Z',
    '2020-01-01T00:00:01Z',
    false,
  ],
  [
    'DateGreaterThanEquals holds at that time',
    'DateGreaterThanEquals',
    '2020-01-01T00:00:01Z',
    '2020-01-01T00:00:01Z',
    true,
  ],
  ['DateLessThan holds before', 'DateLessThan', '2020-01-01T00:00:01Z', '2019-06-01T00:00:00Z', true],
  [
    'DateLessThan does not hold at that time',
    'DateLessThan',
    '2020-01-01T00:00:01Z',
    '2020-01-01T00:00:01Z',
    false,
  ],
  [
    'DateLessThanEquals holds at that time',
    'DateLessThanEquals',
    '2020-01-01T00:00:01Z',
    '2020-01-01T00:00:01Z',
    true,
  ],
  [
    'DateEquals compares times and not texts',
    'DateEquals',
    '2020-01-01T00:00:00Z',
    '2020-01-01T01:00:00+01:00',
    true,
  ],
  ['DateEquals takes seconds since 1970', 'DateEquals', '1577836800', '2020-01-01T00:00:00Z', true],
  ['DateEquals takes a day', 'DateEquals', '2020-01-01', '2020-01-01T00:00:00Z', true],
  [
    'DateNotEquals holds for another time',
    'DateNotEquals',
    '2020-01-01T00:00:00Z',
    '2021-01-01T00:00:00Z',
    true,
  ],
  ['DateNotEquals does not hold for that time', 'DateNotEquals', '2020-01-01T00:00:00Z', '1577836800', false],
  ['DateNotEquals holds without the key', 'DateNotEquals', '2020-01-01T00:00:00Z', undefined, true],
  ['a date has no wildcards', 'DateEquals', '2020-*', '2020-01-01T00:00:00Z', 'error'],
]);

const booleans: readonly Case[] = [
  ...rows(operators, 'aws:SecureTransport', [
    ['Bool true holds for true', 'Bool', 'true', 'true', true],
    ['Bool true does not hold for false', 'Bool', 'true', 'false', false],
    ['Bool false holds for false', 'Bool', 'false', 'false', true],
    ['Bool takes a boolean of JSON', 'Bool', true, 'true', true],
    ['Bool false does not hold without the key', 'Bool', 'false', undefined, false],
    ['Bool takes nothing but true and false', 'Bool', 'yes', 'true', 'error'],
  ]),
  ...rows(operators, 'example:Checksum', [
    [
      'BinaryEquals holds for the same bytes',
      'BinaryEquals',
      'QmluYXJ5VmFsdWVJbkJhc2U2NA==',
      'QmluYXJ5VmFsdWVJbkJhc2U2NA==',
      true,
    ],
    [
      'BinaryEquals does not hold for other bytes',
      'BinaryEquals',
      'QmluYXJ5VmFsdWVJbkJhc2U2NA==',
      'qmluYXJ5VmFsdWVJbkJhc2U2NA==',
      false,
    ],
    ['BinaryEquals does not hold without the key', 'BinaryEquals', 'QmluYXJ5', undefined, false],
  ]),
  whenDenied(
    'a Deny without TLS denies plain HTTP',
    operators,
    { Bool: { 'aws:SecureTransport': 'false' } },
    { 'aws:SecureTransport': 'false' },
    true,
  ),
  whenDenied(
    'a Deny without TLS spares TLS',
    operators,
    { Bool: { 'aws:SecureTransport': 'false' } },
    { 'aws:SecureTransport': 'true' },
    false,
  ),
];

const addresses: readonly Case[] = rows(operators, 'aws:SourceIp', [
  ['IpAddress holds within the range', 'IpAddress', '203.0.113.0/24', '203.0.113.255', true],
  ['IpAddress does not hold outside of the range', 'IpAddress', '203.0.113.0/24', '203.0.114.0', false],
  ['IpAddress without a prefix is one address', 'IpAddress', '203.0.113.7', '203.0.113.7', true],
  ['IpAddress without a prefix is no neighbour', 'IpAddress', '203.0.113.7', '203.0.113.8', false],
  ['IpAddress does not hold without the key', 'IpAddress', '203.0.113.0/24', undefined, false],
  [
    'IpAddress takes ranges of IPv6',
    'IpAddress',
    '2001:DB8:1234:5678::/64',
    '2001:db8:1234:5678:ffff::1',
    true,
  ],
  [
    'IpAddress does not hold outside of the range of IPv6',
    'IpAddress',
    '2001:DB8:1234:5678::/64',
    '2001:db8:1234:5679::1',
    false,
  ],
  [
    'IpAddress mixes both kinds',
    'IpAddress',
    ['203.0.113.0/24', '2001:DB8:1234:5678::/64'],
    '2001:db8:1234:5678::1',
    true,
  ],
  ['an address of IPv6 is in no range of IPv4', 'IpAddress', '0.0.0.0/0', '2001:db8::1', false],
  [
    'a range whose prefix is in the middle of a byte counts bits',
    'IpAddress',
    '10.0.0.0/12',
    '10.15.255.255',
    true,
  ],
  [
    'a range whose prefix is in the middle of a byte ends there',
    'IpAddress',
    '10.0.0.0/12',
    '10.16.0.0',
    false,
  ],
  ['NotIpAddress does not hold within the range', 'NotIpAddress', '203.0.113.0/24', '203.0.113.1', false],
  ['NotIpAddress holds outside of the range', 'NotIpAddress', '203.0.113.0/24', '198.51.100.1', true],
  [
    'NotIpAddress with several ranges fails within one',
    'NotIpAddress',
    ['192.0.2.0/24', '203.0.113.0/24'],
    '203.0.113.1',
    false,
  ],
  [
    'NotIpAddress holds without the key, as through a VPC endpoint',
    'NotIpAddress',
    '203.0.113.0/24',
    undefined,
    true,
  ],
  [
    'a prefix of more bits than the address is refused',
    'IpAddress',
    '203.0.113.0/33',
    '203.0.113.0',
    'error',
  ],
]);

const pattern = 'arn:aws:someservice:*:111122223333:finance/*';
const value = 'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt';
const topic = 'arn:aws:sns:us-east-1:111122223333:topic';

const arns: readonly Case[] = rows(operators, 'aws:SourceArn', [
  ['StringLike lets * reach over colons', 'StringLike', pattern, value, true],
  ['ArnLike keeps * between two colons', 'ArnLike', pattern, value, false],
  ['ArnEquals keeps * between two colons', 'ArnEquals', pattern, value, false],
  ['ArnNotLike holds where ArnLike does not', 'ArnNotLike', pattern, value, true],
  ['ArnLike holds with * for the region', 'ArnLike', 'arn:aws:sns:*:111122223333:topic', topic, true],
  [
    'ArnEquals holds with * for the region as ArnLike does',
    'ArnEquals',
    'arn:aws:sns:*:111122223333:topic',
    topic,
    true,
  ],
  [
    'ArnEquals takes ? for one character',
    'ArnEquals',
    'arn:aws:sns:us-east-?:111122223333:topic',
    topic,
    true,
  ],
  [
    'ArnLike lets * of the resource reach over its colons',
    'ArnLike',
    'arn:aws:logs:*:*:log-group:*',
    'arn:aws:logs:us-east-1:111122223333:log-group:a:b',
    true,
  ],
  ['ArnLike has regard to case', 'ArnLike', 'arn:aws:sns:*:111122223333:Topic', topic, false],
  ['ArnEquals does not hold without the key', 'ArnEquals', topic, undefined, false],
  ['ArnLike does not hold without the key', 'ArnLike', 'arn:aws:sns:*:*:*', undefined, false],
  ['ArnLike with a star for each part holds for every ARN', 'ArnLike', 'arn:*:*:*:*:*', topic, true],
  ['ArnEquals compares every part', 'ArnEquals', topic, topic.replace('111122223333', otherAccount), false],
  ['ArnNotEquals holds without the key', 'ArnNotEquals', topic, undefined, true],
  ['ArnNotEquals does not hold for the same ARN', 'ArnNotEquals', topic, topic, false],
  ['ArnNotEquals holds for another ARN', 'ArnNotEquals', topic, `${topic}2`, true],
  [
    'ArnNotEquals with several values fails for one of them',
    'ArnNotEquals',
    [`${topic}2`, topic],
    topic,
    false,
  ],
  ['ArnLike does not hold for text that is no ARN', 'ArnLike', 'arn:*:*:*:*:*', 'topic', false],
]);

const presence: readonly Case[] = [
  ...rows(operators, 'ec2:InstanceType', [
    [
      'StringLikeIfExists holds without the key',
      'StringLikeIfExists',
      ['t1.*', 't2.*', 'm3.*'],
      undefined,
      true,
    ],
    [
      'StringLikeIfExists checks the key that is there',
      'StringLikeIfExists',
      ['t1.*', 't2.*', 'm3.*'],
      'c5.large',
      false,
    ],
    [
      'StringLikeIfExists holds for a value that fits',
      'StringLikeIfExists',
      ['t1.*', 't2.*', 'm3.*'],
      't2.micro',
      true,
    ],
    [
      'StringLike of the example that does not work fails without the key',
      'StringLike',
      ['t1.*', 't2.*', 'm3.*'],
      undefined,
      false,
    ],
    ['NumericLessThanIfExists holds without the key', 'NumericLessThanIfExists', '1', undefined, true],
    ['IpAddressIfExists holds without the key', 'IpAddressIfExists', '203.0.113.0/24', undefined, true],
    ['ArnEqualsIfExists holds without the key', 'ArnEqualsIfExists', topic, undefined, true],
    [
      'DateLessThanIfExists holds without the key',
      'DateLessThanIfExists',
      '2020-01-01T00:00:00Z',
      undefined,
      true,
    ],
    ['StringNotEqualsIfExists fails for the same text', 'StringNotEqualsIfExists', 'a', 'a', false],
    ['Null true holds without the key', 'Null', 'true', undefined, true],
    ['Null true does not hold with the key', 'Null', 'true', 't2.micro', false],
    ['Null false holds with the key', 'Null', 'false', 't2.micro', true],
    ['Null false does not hold without the key', 'Null', 'false', undefined, false],
    ['Null takes a boolean of JSON', 'Null', false, 't2.micro', true],
    ['Null true holds for a key without values', 'Null', 'true', [], true],
    ['Null has no IfExists', 'NullIfExists', 'true', undefined, 'error'],
  ]),
  whenDenied(
    'a Deny with StringNotEqualsIfExists denies although the tag is missing',
    operators,
    { StringNotEqualsIfExists: { 'aws:RequestTag/team': 'a' } },
    {},
    true,
  ),
  whenDenied(
    'a Deny with BoolIfExists denies when the key is missing',
    globalKeys,
    { BoolIfExists: { 'example:Flag': 'false' } },
    {},
    true,
  ),
  whenDenied(
    'a Deny with Bool spares a request without the key',
    globalKeys,
    { Bool: { 'example:Flag': 'false' } },
    {},
    false,
  ),
  whenDenied(
    'a Deny without a second factor denies the session of a role',
    globalKeys,
    { Bool: { 'aws:MultiFactorAuthPresent': 'false' } },
    {},
    true,
  ),
  whenDenied(
    'a Deny without a second factor spares a session that has one',
    globalKeys,
    { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    { 'aws:MultiFactorAuthPresent': 'true' },
    false,
  ),
  when(
    'the session of a role has no aws:username',
    globalKeys,
    { Null: { 'aws:username': 'true' } },
    {},
    true,
  ),
  when(
    'aws:PrincipalArn of a session is the ARN of its role',
    globalKeys,
    { ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/examplerole' } },
    {},
    true,
  ),
  when(
    'aws:PrincipalArn of a session is not the ARN of the session',
    globalKeys,
    { ArnLike: { 'aws:PrincipalArn': 'arn:aws:sts::111122223333:assumed-role/examplerole/*' } },
    {},
    false,
  ),
  when(
    'aws:PrincipalType of a session is AssumedRole',
    iam('reference_policies_variables'),
    { StringEquals: { 'aws:PrincipalType': 'AssumedRole' } },
    {},
    true,
  ),
  when('a role is no AWS service', globalKeys, { Bool: { 'aws:PrincipalIsAWSService': 'false' } }, {}, true),
  when(
    'a call of the role itself is not made by a service for it',
    globalKeys,
    { Bool: { 'aws:ViaAWSService': 'false' } },
    {},
    true,
  ),
  when(
    'aws:ResourceAccount is the account of the resource',
    globalKeys,
    { StringEquals: { 'aws:ResourceAccount': '${aws:PrincipalAccount}' } },
    {},
    true,
  ),
  when(
    'every request has a time',
    globalKeys,
    { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
    {},
    true,
  ),
  when(
    'a request may come with its time',
    globalKeys,
    { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
    { 'aws:CurrentTime': '2019-12-31T23:59:59Z' },
    false,
  ),
  when(
    'every request has a time in seconds',
    globalKeys,
    { NumericGreaterThan: { 'aws:EpochTime': '1577836800' } },
    {},
    true,
  ),
];

const attributes = 'dynamodb:Attributes';
const tags = 'aws:TagKeys';

const multivalued: readonly Case[] = [
  ...rows(sets, attributes, [
    [
      'ForAllValues holds when every value is one of those',
      'ForAllValues:StringEquals',
      ['ID', 'Message', 'Tags'],
      ['Message', 'Tags'],
      true,
    ],
    [
      'ForAllValues fails when one value is none of those',
      'ForAllValues:StringEquals',
      ['ID', 'Message', 'Tags'],
      ['Message', 'UserName'],
      false,
    ],
    ['ForAllValues holds without the key', 'ForAllValues:StringEquals', ['ID'], undefined, true],
    ['ForAllValues holds for no values', 'ForAllValues:StringEquals', ['ID'], [], true],
    ['ForAllValues holds for empty text', 'ForAllValues:StringEquals', ['ID'], '', true],
    ['ForAllValues holds for one value', 'ForAllValues:StringEquals', ['ID'], 'ID', true],
    [
      'ForAnyValue holds when one value is one of those',
      'ForAnyValue:StringEquals',
      ['ID', 'PostDateTime'],
      ['PostDateTime', 'Message'],
      true,
    ],
    [
      'ForAnyValue fails when no value is one of those',
      'ForAnyValue:StringEquals',
      ['ID', 'PostDateTime'],
      ['UserName'],
      false,
    ],
    ['ForAnyValue fails without the key', 'ForAnyValue:StringEquals', ['ID'], undefined, false],
    ['ForAnyValue fails for no values', 'ForAnyValue:StringEquals', ['ID'], [], false],
    ['ForAnyValue fails for empty text', 'ForAnyValue:StringLike', ['*'], '', false],
    [
      'ForAllValues with StringLike takes wildcards',
      'ForAllValues:StringLike',
      ['Post*'],
      ['PostDate', 'PostTime'],
      true,
    ],
    [
      'ForAllValues with a negated operator holds when no value is one of those',
      'ForAllValues:StringNotEquals',
      ['ID', 'UserName'],
      ['Message', 'Tags'],
      true,
    ],
    [
      'ForAllValues with a negated operator fails when one value is one of those',
      'ForAllValues:StringNotEquals',
      ['ID', 'UserName'],
      ['Message', 'ID'],
      false,
    ],
    [
      'ForAnyValue with a negated operator holds when one value is none of those',
      'ForAnyValue:StringNotEquals',
      ['ID'],
      ['ID', 'Message'],
      true,
    ],
    [
      'ForAnyValue with a negated operator fails when every value is one of those',
      'ForAnyValue:StringNotEquals',
      ['ID', 'Message'],
      ['ID', 'Message'],
      false,
    ],
    [
      'ForAnyValue with IfExists holds without the key',
      'ForAnyValue:StringEqualsIfExists',
      ['ID'],
      undefined,
      true,
    ],
    ['several values need a set operator', 'StringEquals', ['ID'], ['ID', 'Message'], 'error'],
    [
      'several values need a set operator for a negated operator too',
      'StringNotEquals',
      ['ID'],
      ['Tags', 'Message'],
      'error',
    ],
  ]),
  whenDenied(
    'a Deny with ForAnyValue denies when one attribute is among those',
    sets,
    { 'ForAnyValue:StringEquals': { [attributes]: ['ID', 'PostDateTime'] } },
    { [attributes]: ['UserName', 'Message', 'PostDateTime'] },
    true,
  ),
  whenDenied(
    'a Deny with ForAnyValue spares other attributes',
    sets,
    { 'ForAnyValue:StringEquals': { [attributes]: ['ID', 'PostDateTime'] } },
    { [attributes]: ['UserName'] },
    false,
  ),
  whenDenied(
    'a Deny with ForAllValues denies tag keys that all fit',
    setExamples,
    { 'ForAllValues:StringLike': { [tags]: 'key1*' } },
    { [tags]: ['key1:legal', 'key1:hr'] },
    true,
  ),
  whenDenied(
    'a Deny with ForAllValues spares tag keys of which one does not fit',
    setExamples,
    { 'ForAllValues:StringLike': { [tags]: 'key1*' } },
    { [tags]: ['key1:legal', 'key2'] },
    false,
  ),
  whenDenied(
    'a Deny with ForAllValues denies a request without tags',
    setExamples,
    { 'ForAllValues:StringLike': { [tags]: 'key1*' } },
    {},
    true,
  ),
  whenDenied(
    'a Deny with ForAllValues and Null spares a request without tags',
    setExamples,
    { 'ForAllValues:StringLike': { [tags]: 'key1*' }, Null: { [tags]: 'false' } },
    {},
    false,
  ),
  whenDenied(
    'a Deny with ForAnyValue denies a tag key that fits',
    setExamples,
    { 'ForAnyValue:StringLike': { [tags]: 'key1*' } },
    { [tags]: ['key1:legal', 'key2'] },
    true,
  ),
];

const unknown: readonly Case[] = [
  ...rows(operators, 's3:prefix', [
    ['an operator that AWS does not have is an error', 'StringEqual', 'home/', 'home/', 'error'],
    ['an operator in another case is an error', 'stringequals', 'home/', 'home/', 'error'],
    ['BinaryNotEquals is an error', 'BinaryNotEquals', 'QQ==', 'QQ==', 'error'],
    [
      'a set operator that AWS does not have is an error',
      'ForSomeValues:StringEquals',
      'home/',
      'home/',
      'error',
    ],
    ['a value that is not resolved is an error', 'StringEquals', { Ref: 'Bucket' }, 'home/', 'error'],
    ['the operator spelled right allows', 'StringEquals', 'home/', 'home/', true],
  ]),
  {
    name: 'an unknown operator is an error also where another statement allows',
    source: operators,
    request: { caller: role, action: 'sqs:SendMessage', resource: queue },
    policies: {
      identity: [
        {
          id: 'identity',
          document: {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
              { Effect: 'Deny', Action: 's3:*', Resource: '*', Condition: { Unknown: { a: 'b' } } },
            ],
          },
        },
      ],
    },
    expected: 'error',
  },
  ...(
    [
      ['a misspelled element is an error', { Effect: 'Allow', Action: '*', Resource: '*', Conditions: {} }],
      [
        'an effect that is neither Allow nor Deny is an error',
        { Effect: 'allow', Action: '*', Resource: '*' },
      ],
      ['a statement without an action is an error', { Effect: 'Allow', Resource: '*' }],
      [
        'a statement with Action and NotAction is an error',
        { Effect: 'Allow', Action: '*', NotAction: 'a:b', Resource: '*' },
      ],
      ['an identity policy without a resource is an error', { Effect: 'Allow', Action: '*' }],
      [
        'an identity policy with a principal is an error',
        { Effect: 'Allow', Action: '*', Resource: '*', Principal: '*' },
      ],
      ['a resource that is no ARN is an error', { Effect: 'Allow', Action: '*', Resource: 'my-bucket' }],
      ['an action without a service is an error', { Effect: 'Allow', Action: 'GetObject', Resource: '*' }],
    ] as const
  ).map(
    ([name, statement]): Case => ({
      name,
      source: grammar,
      request: { caller: role, action: 's3:GetObject', resource: 'arn:aws:s3:::a/b' },
      policies: {
        identity: [{ id: 'identity', document: { Version: '2012-10-17', Statement: [statement] } }],
      },
      expected: 'error',
    }),
  ),
  {
    name: 'one statement need not be in a list',
    source: grammar,
    request: { caller: role, action: 's3:GetObject', resource: 'arn:aws:s3:::a/b' },
    policies: {
      identity: [
        {
          id: 'identity',
          document: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
        },
      ],
    },
    expected: 'allow',
  },
  {
    name: 'a policy without statements allows nothing',
    source: grammar,
    request: { caller: role, action: 's3:GetObject', resource: 'arn:aws:s3:::a/b' },
    policies: { identity: [{ id: 'identity', document: { Version: '2012-10-17' } }] },
    expected: 'no identity',
  },
];

const read = '2026-11-26';

export const groups: readonly Group[] = [
  { name: 'text', read, cases: strings },
  { name: 'numbers', read, cases: numbers },
  { name: 'dates', read, cases: dates },
  { name: 'booleans and bytes', read, cases: booleans },
  { name: 'addresses', read, cases: addresses },
  { name: 'ARNs', read, cases: arns },
  { name: 'presence', read, cases: presence },
  { name: 'several values', read, cases: multivalued },
  { name: 'what cannot be evaluated', read, cases: unknown },
];
