import type { Blueprint } from '../schema';

export const chatbots: Blueprint = {
  name: 'chatbots',
  description: 'Documents that bots will answer from, as searchable text; so far its files only.',
  capabilities: ['documents'],
  documentFormats: ['pdf', 'docx', 'txt', 'md'],
  database: 'rds',
  identity: 'cognito',
  cache: 'none',
};
