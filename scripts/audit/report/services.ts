/** Services of AWS, as people call them. */
const names: Readonly<Record<string, string>> = {
  apigateway: 'API Gateway',
  budgets: 'AWS Budgets',
  chatbot: 'Amazon Q Developer in chat',
  cloudformation: 'CloudFormation',
  cloudfront: 'CloudFront',
  cloudwatch: 'CloudWatch',
  codedeploy: 'CodeDeploy',
  'cognito-idp': 'Cognito',
  'delivery.logs': 'log delivery',
  dynamodb: 'DynamoDB',
  ec2: 'EC2',
  elasticache: 'ElastiCache',
  events: 'EventBridge',
  'events.rds': 'RDS events',
  guardduty: 'GuardDuty',
  iam: 'IAM',
  kms: 'KMS',
  lambda: 'Lambda',
  'logging.s3': 'S3 server access logging',
  logs: 'CloudWatch Logs',
  'malware-protection-plan.guardduty': 'GuardDuty malware protection',
  'monitoring.rds': 'RDS enhanced monitoring',
  rds: 'RDS',
  s3: 'S3',
  scheduler: 'EventBridge Scheduler',
  secretsmanager: 'Secrets Manager',
  ses: 'SES',
  sns: 'SNS',
  sqs: 'SQS',
  ssm: 'Systems Manager',
  'vpc-flow-logs': 'VPC flow logs',
};

/** Of a principal or an endpoint: `lambda.amazonaws.com`, `secretsmanager.us-east-1.amazonaws.com`. */
export function serviceName(principal: string): string {
  const name = principal
    .replace(/\.amazonaws\.com(\.cn)?$/, '')
    .replace(/\.([a-z]{2}(-[a-z]+)+-\d|\$\{region\})$/, '');
  return names[name] ?? principal;
}
