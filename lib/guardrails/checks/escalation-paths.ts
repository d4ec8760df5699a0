/**
 * Combinations of actions by which a principal becomes another one, or gives itself rights.
 * Sources: "AWS IAM Privilege Escalation - Methods and Mitigation" of Rhino Security Labs, with its successors
 * (https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/ and -part-2), and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html. Read in November 2026.
 */
export interface EscalationPath {
  /** All of them together. */
  readonly actions: readonly string[];
  /** Service that has to be able to get the role, beside `iam:PassRole`. @default no role is passed */
  readonly passedTo?: string;
  /** What follows, as the end of a sentence. */
  readonly lets: string;
}

const itself = 'lets a principal give itself any right';
const anyUser = 'lets a principal become any user of the pool';
const passed = 'is a way to become the role that is passed';
const existing = 'lets a principal run code as a role that is in use already';
const opened = 'lets a principal open a resource to itself, whatever its own policies say';

const each = (service: string, names: string, lets: string): EscalationPath[] =>
  names.split(' ').map((name) => ({ actions: [`${service}:${name}`], lets }));

/** Each with `iam:PassRole`. */
const passing = (service: string, names: string, passedTo = service): EscalationPath[] =>
  names.split(' ').map((name) => ({
    actions: ['iam:PassRole', ...name.split('+').map((part) => `${service}:${part}`)],
    passedTo,
    lets: passed,
  }));

export const escalationPaths: readonly EscalationPath[] = [
  // Rights of its own: policies, members of groups, credentials of others, who may become a role, and what bounds it.
  ...each('iam', 'CreatePolicyVersion SetDefaultPolicyVersion', itself),
  ...each('iam', 'AttachUserPolicy AttachGroupPolicy AttachRolePolicy', itself),
  ...each('iam', 'PutUserPolicy PutGroupPolicy PutRolePolicy', itself),
  ...each('iam', 'AddUserToGroup UpdateAssumeRolePolicy', itself),
  ...each('iam', 'CreateAccessKey CreateLoginProfile UpdateLoginProfile', itself),
  ...each('iam', 'CreateServiceSpecificCredential ResetServiceSpecificCredential', itself),
  ...each('iam', 'DeleteRolePolicy DeleteUserPolicy DetachRolePolicy DetachUserPolicy', itself),
  ...each('iam', 'PutRolePermissionsBoundary PutUserPermissionsBoundary', itself),
  ...each('iam', 'DeleteRolePermissionsBoundary DeleteUserPermissionsBoundary', itself),
  ...each(
    'sso',
    'PutInlinePolicyToPermissionSet AttachManagedPolicyToPermissionSet CreateAccountAssignment',
    itself,
  ),
  ...each('sso', 'AttachCustomerManagedPolicyReferenceToPermissionSet', itself),

  // A role that is handed to code of its own.
  ...passing('ec2', 'RunInstances RequestSpotInstances RequestSpotFleet CreateFleet'),
  ...passing('ec2', 'AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation CreateLaunchTemplate'),
  ...passing('autoscaling', 'CreateLaunchConfiguration CreateAutoScalingGroup', 'ec2'),
  ...passing('lambda', 'CreateFunction UpdateFunctionConfiguration UpdateFunctionCode'),
  ...passing('glue', 'CreateDevEndpoint CreateJob UpdateJob CreateSession'),
  ...passing('cloudformation', 'CreateStack UpdateStack CreateChangeSet CreateStackSet'),
  ...passing('datapipeline', 'CreatePipeline+PutPipelineDefinition'),
  ...passing('codestar', 'CreateProject'),
  ...passing('codebuild', 'CreateProject UpdateProject'),
  ...passing('codepipeline', 'CreatePipeline UpdatePipeline'),
  ...passing(
    'sagemaker',
    'CreateNotebookInstance CreateTrainingJob CreateProcessingJob CreateDomain CreateUserProfile',
  ),
  ...passing('ecs', 'RunTask StartTask CreateService UpdateService RegisterTaskDefinition', 'ecs-tasks'),
  ...passing('batch', 'RegisterJobDefinition', 'ecs-tasks'),
  ...passing('states', 'CreateStateMachine UpdateStateMachine'),
  ...passing('scheduler', 'CreateSchedule UpdateSchedule'),
  ...passing('events', 'PutTargets'),
  ...passing('pipes', 'CreatePipe UpdatePipe'),
  ...passing('elasticmapreduce', 'RunJobFlow', 'ec2'),
  ...passing('emr-serverless', 'StartJobRun'),
  ...passing('apprunner', 'CreateService UpdateService', 'tasks.apprunner'),
  ...passing('ssm', 'StartAutomationExecution CreateAssociation'),
  ...passing('imagebuilder', 'CreateInfrastructureConfiguration', 'ec2'),
  ...passing('iot', 'CreateTopicRule'),

  // A role that something has already, for code or commands of its own.
  ...each('lambda', 'UpdateFunctionCode UpdateFunctionConfiguration', existing),
  ...each('glue', 'UpdateDevEndpoint UpdateJob', existing),
  ...each('sagemaker', 'CreatePresignedNotebookInstanceUrl CreatePresignedDomainUrl', existing),
  ...each('ssm', 'SendCommand StartSession', existing),
  ...each('ec2-instance-connect', 'SendSSHPublicKey SendSerialConsoleSSHPublicKey', existing),
  ...each('ec2', 'ModifyInstanceAttribute', existing),
  ...each('codebuild', 'StartBuild StartBuildBatch', existing),
  ...each('codestar', 'AssociateTeamMember', existing),
  ...each('cloudformation', 'UpdateStack ExecuteChangeSet', existing),
  ...each('states', 'UpdateStateMachine', existing),
  ...each('ecs', 'ExecuteCommand', existing),
  ...each('datapipeline', 'PutPipelineDefinition', existing),

  // Policies of resources, which need no right of the caller's own.
  ...each('kms', 'PutKeyPolicy CreateGrant', opened),
  ...each('s3', 'PutBucketPolicy PutBucketAcl PutObjectAcl PutAccessPointPolicy', opened),
  ...each('secretsmanager', 'PutResourcePolicy', opened),
  ...each('sqs', 'AddPermission SetQueueAttributes', opened),
  ...each('sns', 'AddPermission SetTopicAttributes', opened),
  ...each('lambda', 'AddPermission AddLayerVersionPermission CreateFunctionUrlConfig', opened),
  ...each('dynamodb', 'PutResourcePolicy', opened),

  // Users of the application.
  ...each(
    'cognito-idp',
    'AddCustomAttributes AdminAddUserToGroup AdminConfirmSignUp AdminInitiateAuth',
    anyUser,
  ),
  ...each(
    'cognito-idp',
    'AdminLinkProviderForUser AdminRespondToAuthChallenge AdminSetUserPassword',
    anyUser,
  ),
  ...each('cognito-idp', 'AdminUpdateUserAttributes CreateIdentityProvider UpdateIdentityProvider', anyUser),
  ...each('cognito-idp', 'CreateUserPoolClient UpdateUserPoolClient UpdateUserPool', anyUser),
  {
    actions: ['kms:GenerateMac', 'kms:VerifyMac'],
    lets: 'lets who checks tokens make them, and become whom they name',
  },
];
