/**
 * Where the registry's word is not the last one: actions that AWS documents elsewhere, and actions for features that
 * the stacks do not use. A type that begins to use one of them takes it out of here.
 */

interface Addition {
  readonly actions: readonly string[];
  /** Page that says so, as of 2026-11. */
  readonly source: string;
}

/** By resource type: what its schema forgets. */
export const additions: Readonly<Record<string, Addition>> = {
  // The schema of this type names no handlers at all.
  'AWS::Budgets::Budget': {
    actions: [
      'budgets:ViewBudget',
      'budgets:ModifyBudget',
      'budgets:ListTagsForResource',
      'budgets:TagResource',
      'budgets:UntagResource',
    ],
    source: 'https://docs.aws.amazon.com/cost-management/latest/userguide/billing-permissions-ref.html',
  },
  'AWS::EC2::VPCEndpoint': {
    actions: ['route53:AssociateVPCWithHostedZone'],
    source: 'https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html',
  },
  'AWS::ElastiCache::ReplicationGroup': {
    actions: ['logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:PutResourcePolicy'],
    source: 'https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Logging-destinations.html',
  },
  'AWS::Logs::DeliverySource': {
    actions: ['cloudfront:AllowVendedLogDeliveryForResource'],
    source:
      'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-service-specific.html',
  },
  // The owner's password is a secret that RDS makes, with the key that the instance names.
  'AWS::RDS::DBInstance': {
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    source: 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html',
  },
  'AWS::SecretsManager::Secret': {
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    source: 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html',
  },
};

interface Omission {
  /** Matches the whole action. */
  readonly pattern: RegExp;
  readonly reason: string;
}

/** What schemas name and no deployment of these stacks does. */
export const omissions: readonly Omission[] = [
  {
    pattern: /iam:(Attach|Delete|Detach|Get|Put)(Group|User)Policy/,
    reason: 'The stacks have no users and no groups.',
  },
  {
    pattern:
      /(amplify|apprunner|appsync|autoscaling|bedrock-agentcore|codewhisperer|elasticfilesystem|elasticloadbalancing|firehose|kinesis|s3files|s3tables|vpc-lattice|vpce|workmail):.*/,
    reason: 'The stacks use nothing of the service; schemas name it because a property could.',
  },
  {
    pattern: /cloudfront:((Create|Get)ConnectionGroup|GetVpcOrigin)/,
    reason: 'The distribution serves one site, from buckets.',
  },
  { pattern: /ec2:.*VerifiedAccess.*/, reason: 'No web ACL stands in front of Verified Access.' },
  {
    pattern: /ec2:(Attach|Detach)VpnGateway/,
    reason: 'Internet gateways are attached, VPN gateways are not.',
  },
  { pattern: /ec2:(AcceptAddressTransfer|AllocateIpamPoolCidr)/, reason: 'Addresses are of this account.' },
  { pattern: /ec2:(Attach|Detach)Volume/, reason: 'Volumes are made with their instance.' },
  { pattern: /ssm:(Create|Delete|Describe|List)Association.*/, reason: 'No instance has associations.' },
  {
    pattern: /chatbot:(AssociateTo|DisassociateFrom)Configuration/,
    reason: 'Channels have no custom actions.',
  },
  { pattern: /codedeploy:RegisterOnPremisesInstance/, reason: 'Only functions are deployed gradually.' },
  {
    pattern: /dynamodb:(BatchWriteItem|DeleteItem|GetItem|PutItem|Query|Scan|UpdateItem)/,
    reason: 'Schemas name them for replicas and imports. The rows of a table are none of the deployment.',
  },
  {
    pattern:
      /dynamodb:(AssociateTableReplica|CreateTableReplica|ImportTable|DescribeImport|(Disable|Enable|Update)KinesisStreamingDestination)/,
    reason: 'Tables are not replicated, imported or streamed.',
  },
  {
    pattern: /s3:(DeleteObject|PutObjectAcl|ListBucket)/,
    reason: 'A bucket is deleted empty. The files of users are none of the deployment.',
  },
  {
    pattern: /s3:.*(Metadata|Inventory|Analytics|Intelligent|Abac|Accelerate).*/,
    reason: 'No bucket has the feature, apart from the reading of it.',
  },
  {
    pattern: /logs:(CreateLogStream|PutLogEvents|DescribeLogStreams)/,
    reason: 'The deployment writes into no log.',
  },
  { pattern: /logs:PutBearerTokenAuthentication/, reason: 'Logs are written with the credentials of AWS.' },
  {
    pattern: /lambda:(PassCapacityProvider|GetLayerVersion|.*CodeSigningConfig)/,
    reason: 'Functions have no layers, no code signing and run on no capacity of ours.',
  },
  {
    pattern:
      /rds:(CreateDBInstanceReadReplica|PromoteReadReplica|AddRoleToDBInstance|RemoveRoleFromDBInstance|DescribeDBCluster.*)/,
    reason: 'The instance is in no cluster, has no replicas and no roles of its own.',
  },
  {
    pattern: /rds:(RestoreDBInstance.*|(Start|Stop)DBInstanceAutomatedBackupsReplication)/,
    reason: 'Restoring is for people, and backups stay in their region.',
  },
  {
    pattern: /secretsmanager:(ReplicateSecretToRegions|RemoveRegionsFromReplication)/,
    reason: 'Secrets stay in their region.',
  },
  { pattern: /wafv2:(Get|Put)PermissionPolicy/, reason: 'Web ACLs are not shared.' },
];

/** Actions of omitted features that handlers call to find out that the feature is not in use. */
export const readsAll = /^s3:Get/;
