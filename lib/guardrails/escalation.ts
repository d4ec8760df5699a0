/** Actions that, together with the right to pass a role, let a principal become that role. */
const runsCode =
  /^(lambda:(Create|Update)Function\w*|ec2:RunInstances|ecs:(RunTask|RegisterTaskDefinition)|cloudformation:(Create|Update)Stack|glue:Create\w+|states:(Create|Update)StateMachine|codebuild:(Create|Update)Project|scheduler:CreateSchedule)$/;

/** Actions by which a principal gives itself, or somebody it can become, further rights. */
const grantsRights =
  /^iam:(CreateAccessKey|CreateLoginProfile|UpdateLoginProfile|AddUserToGroup|(Attach|Put)(Group|Role|User)Policy|CreatePolicyVersion|SetDefaultPolicyVersion|UpdateAssumeRolePolicy|(Delete|Put)(Role|User)PermissionsBoundary)$/;

/** Actions by which a principal signs in as any user of a pool, or makes somebody else able to. */
const becomesUsers =
  /^cognito-idp:(AddCustomAttributes|Admin(AddUserToGroup|ConfirmSignUp|InitiateAuth|LinkProviderForUser|RespondToAuthChallenge|SetUserPassword|UpdateUserAttributes)|(Create|Update)(IdentityProvider|UserPoolClient)|UpdateUserPool)$/;

/** What one principal could become by all of its actions together, whatever statement or policy they are in. */
export function escalations(actions: readonly string[]): [description: string, fix: string][] {
  const found: [string, string][] = [];
  const rights = actions.filter((action) => grantsRights.test(action));
  if (rights.length > 0) {
    found.push([
      `${rights.join(', ')} lets a principal give itself any right`,
      'Let the deployment grant what is needed.',
    ]);
  }
  const signsIn = actions.filter((action) => becomesUsers.test(action));
  if (signsIn.length > 0) {
    found.push([
      `${signsIn.join(', ')} lets a principal become any user of the pool`,
      'Leave it to people with a role of their own.',
    ]);
  }
  if (actions.includes('kms:GenerateMac') && actions.includes('kms:VerifyMac')) {
    found.push([
      'kms:GenerateMac beside kms:VerifyMac: who checks tokens can make them, and become whom they name',
      'Split the two principals.',
    ]);
  }
  const runs = actions.filter((action) => runsCode.test(action));
  if (actions.includes('iam:PassRole') && runs.length > 0) {
    found.push([
      `iam:PassRole beside ${runs.join(', ')} is a way to become the role that is passed`,
      'Split the two principals.',
    ]);
  }
  return found;
}
