import type { Blueprint } from '../schema';

export const friends: Blueprint = {
  name: 'friends',
  description: 'Photos of people, in sizes, behind signed addresses; so far its files only.',
  capabilities: ['photos'],
  documentFormats: [],
  database: 'rds',
  identity: 'cognito',
  cache: 'elasticache',
};
