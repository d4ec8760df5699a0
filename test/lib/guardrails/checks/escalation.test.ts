import { escalationPaths } from '../../../../lib/guardrails/checks/escalation-paths';
import { checkPolicies } from '../../../../lib/guardrails/rules';
import { actionsMatching } from '../../../../lib/iam/service-reference';
import { here, passToLambda, role } from '../../../support/policy-templates';

describe('rights that together make a principal another one', () => {
  test.each(escalationPaths.map((path) => [path.actions.join(' with '), path] as const))(
    '%s',
    (_, { actions, passedTo }) => {
      const statement = (action: string) => ({
        Action: action,
        Resource: '*',
        ...(action === 'iam:PassRole' && {
          Condition: { StringEquals: { 'iam:PassedToService': `${passedTo}.amazonaws.com` } },
        }),
      });
      const among = (allowed: readonly string[]) => {
        const Statement = allowed.map((action) => ({ Effect: 'Allow', ...statement(action) }));
        return checkPolicies({
          stack: {
            Resources: {
              Role: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyDocument: { Statement } }] } },
            },
          },
        } as never)
          .filter(({ rule }) => rule === 'escalation')
          .map(({ description }) => description);
      };
      const combination = actions.join(' with ');
      const finds = (descriptions: string[]) =>
        descriptions.some((text) =>
          text
            .replace(/ (lets|is a way) .*/, '')
            .split(', ')
            .includes(combination),
        );
      expect(finds(among(actions))).toBe(true);
      for (const left of actions)
        expect(finds(among(actions.filter((action) => action !== left)))).toBe(false);
    },
  );

  test('every action of them is one', () => {
    const words = new Set(escalationPaths.flatMap(({ actions }) => actions));
    const unknown = [...words].filter(
      (word) => !actionsMatching(word).some(({ name }) => word.endsWith(`:${name}`)),
    );
    expect(unknown).toEqual([]);
  });

  const found = (templates: unknown) =>
    checkPolicies(templates as never).filter(({ rule }) => rule === 'escalation');

  test.each([
    ['give itself a policy', role({ Action: 'iam:AttachRolePolicy' }, { Action: 'lambda:InvokeFunction' })],
    [
      'give itself a policy by a wildcard',
      role({ Action: 'iam:Attach*' }, { Action: 'lambda:InvokeFunction' }),
    ],
    [
      'give itself a policy by what is not excluded',
      role({ NotAction: 's3:*' }, { Action: 'lambda:InvokeFunction' }),
    ],
    ['become a role it hands to code of its own', role(passToLambda, { Action: 'lambda:CreateFunction' })],
    ['become a role it hands to changed code', role({ Action: 'lambda:UpdateFunctionCode' }, passToLambda)],
    ['become any user', role({ Action: 'cognito-idp:AdminSetUserPassword' }, { Action: 's3:GetObject' })],
    [
      'become any user by a token of its own',
      role({ Action: 'kms:GenerateMac' }, { Action: 'kms:VerifyMac' }),
    ],
  ])('a role whose policies together let it %s is refused', (_, [templates]) => {
    expect(new Set(found(templates).map(({ logicalId }) => logicalId))).toEqual(new Set(['Role']));
  });

  test('a role that can be handed to another service than the one that runs the code is fine', () => {
    const [templates] = role(passToLambda, { Action: 'states:CreateStateMachine' });
    expect(found(templates)).toEqual([]);
  });

  test('what is forbidden on every resource counts for nothing, unless the Deny has a condition', () => {
    const [templates] = role({ Action: 'iam:*' }, { Effect: 'Deny', Action: ['iam:*'], Resource: '*' });
    expect(found(templates)).toEqual([]);
    const [conditional] = role(
      { Action: 'iam:*' },
      { Effect: 'Deny', Action: ['iam:*'], Resource: '*', ...here },
    );
    expect(found(conditional)).not.toEqual([]);
  });

  test('a managed policy counts for the roles that name it', () => {
    const [{ stack }] = role(passToLambda, { Action: 'lambda:CreateFunction' }) as [
      { stack: { Resources: object } },
    ];
    const { Role, Policy } = structuredClone(stack.Resources) as Record<
      'Role' | 'Policy',
      { Properties: Record<string, unknown> }
    >;
    const managed = {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { ...Policy.Properties, Roles: undefined },
    };
    Role.Properties.ManagedPolicyArns = [{ Ref: 'Managed' }, 'arn:aws:iam::aws:policy/Some'];
    expect(found({ stack: { Resources: { Role, Managed: managed } } })).toMatchObject([
      { logicalId: 'Role' },
    ]);
  });

  test('two roles may share what one may not have', () => {
    const [{ stack }] = role(passToLambda, { Action: 'lambda:CreateFunction' }) as [
      { stack: { Resources: object } },
    ];
    const resources = structuredClone(stack.Resources) as { Policy: { Properties: { Roles: object[] } } };
    resources.Policy.Properties.Roles = [{ Ref: 'Other' }];
    expect(found({ stack: { Resources: resources } })).toEqual([]);
  });
});
