/** Names of the CfnOutputs that scripts and applications may read. Renaming one is a breaking change. */
export const outputs = {
  region: 'Region',
  apiUrl: 'ApiUrl',
  userPoolId: 'UserPoolId',
  userPoolClientId: 'UserPoolClientId',
  userPoolDomain: 'UserPoolDomain',
  userPoolDomainTarget: 'UserPoolDomainTarget',
  oidcIssuer: 'OidcIssuer',
  documentsBucketName: 'DocumentsBucketName',
  photosBucketName: 'PhotosBucketName',
  publicBucketName: 'PublicBucketName',
  cdnUrl: 'CdnUrl',
  databaseHost: 'DatabaseHost',
  databasePort: 'DatabasePort',
  databaseName: 'DatabaseName',
  databaseSecretArn: 'DatabaseSecretArn',
  databaseInstanceId: 'DatabaseInstanceId',
  databaseAccessEndpointId: 'DatabaseAccessEndpointId',
  databaseRelayInstanceId: 'DatabaseRelayInstanceId',
  cacheHost: 'CacheHost',
  cachePort: 'CachePort',
  workerQueues: 'WorkerQueues',
  dashboardUrl: 'DashboardUrl',
  alarmTopicArn: 'AlarmTopicArn',
} as const;

export type OutputName = (typeof outputs)[keyof typeof outputs];
