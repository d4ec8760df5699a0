/** Actions that, together with the right to pass a role, let a principal become that role. */
const runsCode =
  /^(lambda:(Create|Update)Function\w*|ec2:RunInstances|ecs:(RunTask|RegisterTaskDefinition)|cloudformation:(Create|Update)Stack|glue:Create\w+|states:(Create|Update)StateMachine|codebuild:(Create|Update)Project|scheduler:CreateSchedule)$/;

/** Actions by which a principal gives itself, or somebody it can become, further rights. */
const grantsRights =
  /^iam:(CreateAccessKey|CreateLoginProfile|UpdateLoginProfile|AddUserToGroup|(Attach|Put)(Group|Role|User)Policy|CreatePolicyVersion|SetDefaultPolicyVersion|UpdateAssumeRolePolicy|(Delete|Put)(Role|User)PermissionsBoundary)$/;

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
  const runs = actions.filter((action) => runsCode.test(action));
  if (actions.includes('iam:PassRole') && runs.length > 0) {
    found.push([
      `iam:PassRole beside ${runs.join(', ')} is a way to become the role that is passed`,
      'Split the two principals.',
    ]);
  }
  return found;
}
