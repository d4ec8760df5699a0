import type { Blueprint } from '../schema';

export const platform: Blueprint = {
  name: 'platform',
  description: 'Everything so far, all on AWS: documents, resumes, photos, RDS, Cognito, cache.',
  capabilities: ['documents', 'resumes', 'photos'],
  documentFormats: ['pdf', 'docx', 'doc', 'pptx', 'txt', 'md'],
  database: 'rds',
  identity: 'cognito',
  cache: 'elasticache',
};
