/**
 * Resource types that the templates may contain and the local runtime does not run, each with the reason.
 * References to them give a placeholder; a function that would need one of those values refuses to start.
 */

const network =
  'Everything runs on one machine and talks over its loopback interface: there is no network to build.';
const observability =
  'Observes a system in production; locally the terminal and the console page show what happens.';
const deployment = 'Moves traffic between versions; on a laptop there is one version, the one just built.';
const protection = 'Shields a public address; the local one answers to this machine alone.';

export const withoutLocalMeaning: Readonly<Record<string, string>> = {
  'AWS::EC2::EIP': network,
  'AWS::EC2::EgressOnlyInternetGateway': network,
  'AWS::EC2::FlowLog': network,
  'AWS::EC2::Instance': network,
  'AWS::EC2::InstanceConnectEndpoint': network,
  'AWS::EC2::InternetGateway': network,
  'AWS::EC2::LaunchTemplate': network,
  'AWS::EC2::NatGateway': network,
  'AWS::EC2::Route': network,
  'AWS::EC2::RouteTable': network,
  'AWS::EC2::SecurityGroup': network,
  'AWS::EC2::SecurityGroupEgress': network,
  'AWS::EC2::SecurityGroupIngress': network,
  'AWS::EC2::Subnet': network,
  'AWS::EC2::SubnetRouteTableAssociation': network,
  'AWS::EC2::VPC': network,
  'AWS::EC2::VPCCidrBlock': network,
  'AWS::EC2::VPCEndpoint': network,
  'AWS::EC2::VPCGatewayAttachment': network,
  'AWS::IAM::InstanceProfile': network,
  'AWS::IAM::OIDCProvider': 'Lets jobs of GitHub deploy to an account; nobody deploys to a laptop.',
  'Custom::VpcRestrictDefaultSG': network,

  'AWS::RDS::DBParameterGroup': 'The embedded Postgres has its own settings; TLS is demanded by its server.',
  'AWS::RDS::DBProxyTargetGroup': 'The local proxy address is the database itself.',
  'AWS::RDS::DBSubnetGroup': network,
  'AWS::RDS::EventSubscription': observability,

  'AWS::ElastiCache::SubnetGroup': network,

  'Custom::S3AutoDeleteObjects':
    'Empties a bucket before a stack is deleted; locally --fresh removes everything.',

  'AWS::Cognito::UserPoolIdentityProvider':
    'Signs in at another company, which returns to registered public addresses only; the local sign-in page says so.',

  'AWS::ApiGateway::Account': 'The role API Gateway writes its logs with.',
  'AWS::CodeDeploy::Application': deployment,
  'AWS::CodeDeploy::DeploymentGroup': deployment,

  'AWS::Budgets::Budget': observability,
  'AWS::Chatbot::SlackChannelConfiguration': observability,
  'AWS::CloudWatch::Alarm': observability,
  'AWS::CloudWatch::Dashboard': observability,
  'AWS::Logs::Delivery': observability,
  'AWS::Logs::DeliveryDestination': observability,
  'AWS::Logs::DeliverySource': observability,
  'AWS::Logs::MetricFilter': observability,
  'AWS::Logs::QueryDefinition': observability,
  'AWS::SNS::Subscription': observability,
  'AWS::SNS::Topic': observability,
  'AWS::SNS::TopicPolicy': observability,

  'AWS::WAFv2::LoggingConfiguration': protection,
  'AWS::WAFv2::WebACL': protection,
  'AWS::WAFv2::WebACLAssociation': protection,
  'AWS::CDK::Metadata': 'Usage statistics of the CDK.',
};
