import type { Blueprint } from '../schema';

export const platform: Blueprint = {
  name: 'platform',
  description: 'Everything so far, all on AWS: documents, RDS, Cognito, cache.',
  capabilities: ['documents'],
  database: 'rds',
  identity: 'cognito',
  cache: 'elasticache',
};
